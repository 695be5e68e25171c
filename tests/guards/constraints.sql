-- ck_access_log_actor
insert into access_log (at, actor_id, capacity, action, key_id, mac) select at, person, 'system', 'x', 1,
  mac from here;
-- ck_access_log_capacity
insert into access_log (at, actor_id, capacity, action, key_id, mac) select at, person, 'guest', 'x', 1,
  mac from here;
-- ck_access_log_mac
insert into access_log (at, capacity, action, key_id, mac) select at, 'system', 'x', 1, '' from here;
-- ck_access_log_object
insert into access_log (at, capacity, action, object, key_id, mac) select at, 'system', 'x', '', 1, mac from here;
-- ck_assignment_period
update assignment set ends_on = starts_on - 1;
-- ck_assignment_role
update assignment set role = 'friend';
-- ck_contact_adult
update contact set adult_at_start = false;
-- ck_contact_not_oneself
update contact set person_id = patient_id;
-- ck_contact_period
update contact set ends_on = starts_on - 1;
-- ck_installation_kind
insert into installation (kind, made_at) select 'both', at from here;
-- ck_installation_one
insert into installation (id, kind, made_at) select 2, 'demo', at from here;
-- ck_log_seal_leaves
insert into log_seal select 1, 1, 1, 0, 0, 1, '\x00', at, 1, mac from here;
-- ck_log_seal_span
insert into log_seal select 1, 1, 1, 0, 2, 1, '', at, 1, mac from here;
-- ck_message_number
insert into message select thread, 0, person, '', at, mac from here;
-- ck_person_language
update person set language = 'Svenska';
-- ck_person_number_has_index
update person set number_index = null where number_index is not null;
-- ck_region_county_code
update region set county_code = 'W';
-- ck_region_function_is_answered
update region set function_phone = '';
-- ck_region_role_role
update region_role set role = 'guest';
-- ck_session_capacity
update session set capacity = 'both';
-- ck_session_digest
update session set id = '';
-- ck_session_way
update session set way = 'window';
-- ck_staff_title
update staff set title = '';
-- ck_thread_count
update thread set last_n = -1;
-- ck_thread_not_oneself
update thread set belongs_to = patient_id;
-- ck_thread_unanswered
update thread set unanswered_since = null;
-- ck_unit_can_be_rung
update unit set phone = '';
-- ex_assignment_once_at_a_time
insert into assignment select gen_random_uuid(), unit_id, person_id, role, null, '', starts_on + 9, null
  from assignment;
-- ex_contact_once_at_a_time
insert into contact select gen_random_uuid(), patient_id, unit_id, person_id, false, appointed_at,
  starts_on + 9, null, true from contact;
-- ex_contact_one_coordinates
insert into contact select gen_random_uuid(), patient_id, unit_id, (select person_id from region_role
  limit 1), true, appointed_at, starts_on + 9, null, true from contact;
-- uq_message_digest
insert into message select thread_id, n + 1, author_id, text_sealed, written_at, digest from message;
-- uq_person_number_index
insert into person select gen_random_uuid(), name_sealed, number_sealed, number_index, null, null,
  language, created_at, null from person where number_index is not null;
-- uq_region_county_code
insert into region select gen_random_uuid(), 'Annan', county_code, function_phone from region;
-- uq_staff_hsa_id
insert into staff select patient, hsa_id, title from staff, here;
-- uq_thread_opening
insert into thread select gen_random_uuid(), patient_id, unit_id, belongs_to, topic_sealed, opened_by,
  opened_at, opening, 0, last_at, last_by from thread;
