"""A schema as PostgreSQL itself describes it: one line a thing, so that two schemas can be compared."""

from sqlalchemy import Connection, text

PARTS = {
    "column": """select c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        || case a.attidentity when '' then '' else ' identity ' || a.attidentity::text end
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
        where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped""",
    "constraint": """select c.conname, pg_get_constraintdef(c.oid)
        from pg_constraint c join pg_class t on t.oid = c.conrelid
        where not t.relispartition and c.contype <> 'n' and c.contype <> 't'""",
    "index": """select c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), ' ON (ONLY )?public\\.', ' ON ')
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
        where not t.relispartition and not exists (select from pg_constraint where conindid = i.indexrelid)""",
    "table": """select c.relname, c.relkind::text || coalesce(' by ' || pg_get_partkeydef(c.oid), '') from pg_class c
        where c.relkind in ('r', 'p', 'v', 'S') and not c.relispartition""",
    "trigger": """select g.tgname, pg_get_triggerdef(g.oid) from pg_trigger g join pg_class t on t.oid = g.tgrelid
        where not g.tgisinternal""",
    "function": """select p.proname, pg_get_functiondef(p.oid) from pg_proc p
        where not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""",
    "right": """select c.relname || ' ' || a.privilege_type, r.rolname from pg_class c, aclexplode(c.relacl) a
        join pg_roles r on r.oid = a.grantee where not c.relispartition and r.rolname = 'narlinjen_app'""",
}
SCHEMA = {"function": "p.pronamespace", "trigger": "t.relnamespace", "constraint": "c.connamespace"}
NOT_OURS = ("alembic_version",)


def describe(connection: Connection, *parts: str) -> set[str]:
    """Everything of these kinds (of all, unless said) in the schema that we write in."""
    found = set()
    for part in parts or PARTS:
        here = SCHEMA.get(part, "c.relnamespace")
        for name, said in connection.execute(text(f"{PARTS[part]} and {here} = 'public'::regnamespace")):
            if not any(other in name for other in NOT_OURS):
                found.add(f"{part} {name}: {said}")
    return found
