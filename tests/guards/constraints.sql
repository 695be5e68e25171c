-- ck_absence_period
insert into absence select fresh, person, at, at, at, person from here;
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
-- ck_api_client_name
insert into api_client select gen_random_uuid(), region, null, '', '{system/CareTeam.rs}', mac, at, worker, null, null from here;
-- ck_api_client_period
insert into api_client select gen_random_uuid(), region, null, '1177', '{system/CareTeam.rs}', mac, at, worker, null, at - interval '1 s' from here;
-- ck_api_client_scopes
insert into api_client select gen_random_uuid(), region, null, '1177', '{everything}', mac, at, worker, null, null from here;
-- ck_api_token_period
insert into api_client select gen_random_uuid(), region, null, '1177', '{system/CareTeam.rs}', mac, at, worker, null, null from here;
insert into api_token select mac, api_client.id, '{}', at, at from api_client, here;
-- ck_appointment_letter_closing
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into appointment_letter select booking.id, 1, 'sv', mac, 'Hej då.', at from booking, here;
-- ck_appointment_letter_language
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into appointment_letter select booking.id, 1, 'Svenska', mac, 'Ta gärna med din anhörige eller närstående.', at from booking, here;
-- ck_asked_why
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false from here;
insert into asked (wait_id, person_id, at, words_sealed) select id, worker, at, '' from wait, here where kind = 'booking_answer';
-- ck_assignment_period
update assignment set ends_on = starts_on - 1;
-- ck_assignment_role
update assignment set role = 'friend';
-- ck_block_not_oneself
insert into staff select patient, 'SE-X', 'x', false from here;
insert into block select fresh, patient, patient, at from here;
-- ck_block_period
insert into block select fresh, patient, person, at, at - interval '1 s' from here;
-- ck_booking_answer_answer
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_answer select gen_random_uuid(), booking.id, 1, 1, 'maybe', null, at from booking, here;
-- ck_booking_answer_n
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_answer select gen_random_uuid(), booking.id, 0, 1, 'accepted', null, at from booking, here;
-- ck_booking_cancelled
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set status = 'cancelled';
-- ck_booking_change_n
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_change select booking.id, 0, 1, at, null, 'made', null, null from booking, here;
-- ck_booking_change_what
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_change select booking.id, 1, 1, at, null, 'forgotten', null, null from booking, here;
-- ck_booking_guest_period
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into booking_guest select booking.id, relation.id, at, at - interval '1 s' from booking, relation, here;
-- ck_booking_link
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set link_sealed = title_sealed;
-- ck_booking_maker
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set made_by = null;
-- ck_booking_mode
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set mode = 'letter';
-- ck_booking_offer_answered
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_offer select gen_random_uuid(), booking.id, 1, null, null, worker, at, worker, at, null, null from booking, here;
-- ck_booking_offer_ended_once
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_offer select gen_random_uuid(), booking.id, 1, null, null, worker, at, worker, at, true, at from booking, here;
-- ck_booking_offer_period
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_offer select gen_random_uuid(), booking.id, 1, at, at, null, at, worker, null, null, null from booking, here;
-- ck_booking_offer_something
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_offer select gen_random_uuid(), booking.id, 1, null, null, null, at, worker, null, null, null from booking, here;
-- ck_booking_period
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set ends_at = starts_at;
-- ck_booking_status
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set status = 'proposed';
-- ck_booking_version
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
update booking set version = 0;
-- ck_calendar_feed_period
insert into calendar_feed select fresh, person, mac, at, null, at - interval '1 s' from here;
-- ck_channel_off_about
insert into channel_off select person, 'duty', '', 'push' from here;
-- ck_channel_off_capacity
insert into channel_off select person, 'system', 'work', 'push' from here;
-- ck_channel_off_channel
insert into channel_off select person, 'duty', 'work', 'letter' from here;
-- ck_closure_covered_by_another
insert into closure select fresh, unit, '2026-12-23', '2026-12-24', '', unit, false from here;
-- ck_closure_one_cover
insert into unit select fresh, region_id, 'Ny', phone, phone_hours, 1, head_id, 960 from unit, here;
insert into closure select fresh, here.unit, '2026-12-23', '2026-12-24', '', other.id, true
  from here, unit other where other.name = 'Ny';
-- ck_closure_period
insert into closure select fresh, unit, '2026-12-24', '2026-12-23', '', null, false from here;
-- ck_consent_item
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into consent select gen_random_uuid(), relation.id, 'letters', at, at + interval '1 h', null::timestamptz from relation, here;
-- ck_consent_period
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into consent select gen_random_uuid(), relation.id, 'contact', at, at + interval '-1 h', null::timestamptz from relation, here;
-- ck_contact_adult
update contact set adult_at_start = false;
-- ck_contact_care_ended
update contact set care_ended_at = appointed_at;
-- ck_contact_not_oneself
update contact set person_id = patient_id;
-- ck_contact_period
update contact set ends_on = starts_on - 1;
-- ck_contact_point_capacity
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'system', 'email', mac, mac, 0, at, null from here;
-- ck_contact_point_code
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, at from here;
-- ck_contact_point_system
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'letter', mac, mac, 0, at, null from here;
-- ck_contact_point_tries
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 11, at, null from here;
-- ck_contact_request_about
insert into contact_request select fresh, patient, unit, 'change', '', at from here;
-- ck_contact_request_answered
insert into contact_request select fresh, patient, unit, 'new', '', at, at from here;
-- ck_contact_request_ended_once
insert into contact_request select fresh, patient, unit, 'new', '', at, at, person, '', at from here;
-- ck_contact_request_kind
insert into contact_request select fresh, patient, unit, 'old', '', at from here;
-- ck_delivery_capacity
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'system', 'email', (select id from contact_point), '', at, at, 0, null, null, null, null, null from here;
-- ck_delivery_channel
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'letter', (select id from contact_point), '', at, at, 0, null, null, null, null, null from here;
-- ck_delivery_ended
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'email', (select id from contact_point), '', at, at, 0, null, null, null, at, null from here;
-- ck_delivery_ended_how
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'email', (select id from contact_point), '', at, at, 0, null, null, null, at, 'lost' from here;
-- ck_delivery_opened
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'email', (select id from contact_point), '', at, at, 0, at, null, at, null, null from here;
-- ck_delivery_shown
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'email', (select id from contact_point), '', at, at, 0, null, at, null, null, null from here;
-- ck_delivery_tries
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'email', (select id from contact_point), '', at, at, -1, null, null, null, null, null from here;
-- ck_delivery_where_to
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, topic, made_at, due_at, tries, accepted_at,
  shown_at, opened_at, ended_at, ended_how) select fresh, person, 'duty', 'push', (select id from contact_point), '', at, at, 0, null, null, null, null, null from here;
-- ck_drop_in_every_weeks
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 0, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
-- ck_drop_in_exception_hours
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
insert into drop_in_exception select drop_in.id, date '2026-11-04', '13:00', null, '', at, null from drop_in, here;
-- ck_drop_in_hours
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '13:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
-- ck_drop_in_municipality
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, 'Mora', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
-- ck_drop_in_period
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', date '2026-11-01', false, true, true, at, null, null from location, here;
-- ck_drop_in_says_what_it_is
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', '', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
-- ck_drop_in_visit_led_to
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
insert into drop_in_visit select gen_random_uuid(), drop_in.id, date '2026-11-04', at, at, null, '{magic}', worker, null from drop_in, here;
-- ck_drop_in_visit_period
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
insert into drop_in_visit select gen_random_uuid(), drop_in.id, date '2026-11-04', at, at - interval '1 s', null, '{}', worker, null from drop_in, here;
-- ck_drop_in_visit_seen
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
insert into drop_in_visit select gen_random_uuid(), drop_in.id, date '2026-11-04', at, null, null, '{talk}', worker, null from drop_in, here;
-- ck_drop_in_weekdays
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{7}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here;
-- ck_duty_shift_period
insert into duty_shift select fresh, unit, at, at from here;
-- ck_function_hours_span
insert into function_hours select region, 6, 480, 480 from here;
-- ck_function_hours_weekday
insert into function_hours select region, 7, 480, 990 from here;
-- ck_handoff_new_promise
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false from here;
insert into handoff select id, 1, null, worker, 1, 'kept', null, null, at, null from wait, here where kind = 'booking_answer';
-- ck_handoff_next_try
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false from here;
insert into handoff select id, 1, null, worker, 1, 'kept', null, null, at, at, at from wait, here where kind = 'booking_answer';
-- ck_handoff_reason
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
insert into handoff select id, 1, null, worker, 1, 'dream', null, null, at from wait, here where kind = 'booking_answer';
-- ck_handoff_turn
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
insert into handoff select id, 0, null, worker, 1, 'asked', null, null, at from wait, here where kind = 'booking_answer';
-- ck_handoff_why
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false from here;
insert into handoff select id, 1, null, worker, 1, 'handed_over', null, null, at from wait, here where kind = 'booking_answer';
-- ck_import_file_kind
insert into import_file select gen_random_uuid(), 'letters', worker, mac, mac, at, at + interval '1 h', null from here;
-- ck_import_file_period
insert into import_file select gen_random_uuid(), 'people', worker, mac, mac, at, at, null from here;
-- ck_import_run_ended
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into import_run select gen_random_uuid(), source.id, at, at, null, '{}', 0 from source, here;
-- ck_installation_kind
insert into installation (kind, made_at) select 'both', at from here;
-- ck_installation_one
insert into installation (id, kind, made_at) select 2, 'demo', at from here;
-- ck_invitation_claimed
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, claimed_at)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0, at from here;
-- ck_invitation_confirmed
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, confirmed_at)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0, at from here;
-- ck_invitation_how
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select fresh, patient, 'dove', 'AAAA', mac, at, person, at, 0 from here;
-- ck_invitation_not_oneself
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select fresh, person, 'in_person', 'AAAA', mac, at, person, at, 0 from here;
-- ck_invitation_tries
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 11 from here;
-- ck_invitation_used
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, used_at)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0, at from here;
-- ck_invitation_words
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, words)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0, 'sol sten' from here;
-- ck_location_can_be_found
insert into location select fresh, unit, '', 'Gatan 1', '', '{0}', at, null from here;
-- ck_location_weekdays
insert into location select fresh, unit, 'Hus', 'Gatan 1', '', '{7}', at, null from here;
-- ck_log_check_ended
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, at, null, null from here;
-- ck_log_check_found
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, -1, at, person, null, null, null from here;
-- ck_log_check_period
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2025-12-31', 1, 0, at, person, null, null, null from here;
-- ck_log_check_row_judged
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
insert into log_check_row select (select id from log_check), 1, person, patient, unit, date '2026-01-01', at, at, 1, '{x}', 'as_should', null, null, null, null, null, null from here;
-- ck_log_check_row_opened
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
insert into log_check_row select (select id from log_check), 1, person, patient, unit, date '2026-01-01', at, at, 1, '{x}', null, null, null, null, at, null, null from here;
-- ck_log_check_row_times
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
insert into log_check_row select (select id from log_check), 1, person, patient, unit, date '2026-01-01', at, at, 0, '{x}', null, null, null, null, null, null, null from here;
-- ck_log_check_row_words
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
insert into log_check_row select (select id from log_check), 1, person, patient, unit, date '2026-01-01', at, at, 1, '{x}', 'look_into', at, person, null, null, null, null from here;
-- ck_log_check_rule
insert into log_check select fresh, region, 'x', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
-- ck_log_month_mac
insert into log_month select date '2021-03-01', 1, 1, 1, '{}', substr(mac, 1, 32), at, 1, mac from here;
-- ck_log_month_month
insert into log_month select date '2021-03-02', 1, 1, 1, '{}', substr(mac, 1, 32), at, 1, substr(mac, 1, 32) from here;
-- ck_log_month_rows
insert into log_month select date '2021-03-01', 0, 1, 1, '{}', substr(mac, 1, 32), at, 1, substr(mac, 1, 32) from here;
-- ck_log_question_answered
insert into log_question (id, patient_id, unit_id, about_id, entry_at, entry_id, text_sealed, asked_at, answered_at)
  select fresh, patient, unit, worker, at, 1, mac, at, at from here;
-- ck_log_seal_leaves
insert into log_seal select 1, 1, 1, 0, 0, 1, '\x00', at, 1, mac from here;
-- ck_log_seal_span
insert into log_seal select 1, 1, 1, 0, 2, 1, '', at, 1, mac from here;
-- ck_message_number
insert into message select thread, 0, person, '', at, mac from here;
-- ck_notice_capacity
insert into notice select fresh, person, 'x', 'x', null, 'sv', at, at, null, null, 'system' from here;
-- ck_notice_choice_capacity
insert into notice_choice (person_id, capacity, off_duty, fuller, quiet_from, quiet_until, chosen_at)
  select person, 'system', false, false, null, null, at from here;
-- ck_notice_choice_fuller
insert into notice_choice (person_id, capacity, off_duty, fuller, quiet_from, quiet_until, chosen_at)
  select person, 'duty', false, true, null, null, at from here;
-- ck_notice_choice_off_duty
insert into notice_choice (person_id, capacity, off_duty, fuller, quiet_from, quiet_until, chosen_at)
  select person, 'private', true, false, null, null, at from here;
-- ck_notice_choice_quiet
insert into notice_choice (person_id, capacity, off_duty, fuller, quiet_from, quiet_until, chosen_at)
  select person, 'duty', false, false, '21:00', null, at from here;
-- ck_notice_language
insert into notice select fresh, person, 'x', 'x', null, 'Svenska', at, at, null, null, 'duty' from here;
-- ck_notice_named
insert into notice select fresh, person, '', 'x', null, 'sv', at, at, null, null, 'duty' from here;
-- ck_notice_peace
insert into notice select fresh, person, 'x', 'x', null, 'sv', at, at - interval '1 s', null, null, 'duty' from here;
-- ck_notice_withdrawn_unseen
insert into notice select fresh, person, 'x', 'x', null, 'sv', at, at, at, at, 'duty' from here;
-- ck_office_hours_span
insert into office_hours select unit, 6, 480, 1441 from here;
-- ck_office_hours_weekday
insert into office_hours select unit, 7, 480, 990 from here;
-- ck_participant_role
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into participant select booking.id, worker, 'guest', starts_at, ends_at, status from booking, here;
-- ck_passkey_capacity
insert into passkey select fresh, person, 'both', mac, mac, 0, mac, '/', at from here;
-- ck_passkey_credential
insert into passkey select fresh, person, 'duty', '', mac, 0, mac, '/', at from here;
-- ck_passkey_sign_count
insert into passkey select fresh, person, 'duty', mac, mac, -1, mac, '/', at from here;
-- ck_pattern_anchor
update pattern set anchor = anchor + 1;
-- ck_pattern_hours_span
update pattern_hours set closes = opens;
-- ck_pattern_hours_week
update pattern_hours set week = 10 where weekday = 0;
-- ck_pattern_hours_weekday
update pattern_hours set weekday = 7 where weekday = 0;
-- ck_pattern_period
update pattern set ends_on = starts_on - 1;
-- ck_pattern_weeks
update pattern set weeks = 11;
-- ck_person_language
update person set language = 'Svenska';
-- ck_person_locked
update person set locked_at = created_at;
-- ck_person_number_has_index
update person set number_index = null where number_index is not null;
-- ck_push_host_pause
insert into push_host select 'push.example', at, at - interval '1 s', 'key' from here;
-- ck_push_host_why
insert into push_host select 'push.example', at, at, 'tired' from here;
-- ck_quarantined_period
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into quarantined select gen_random_uuid(), source.id, 'Slot', '1', null, 'unknown', null, mac, at, at, at - interval '1 s' from source, here;
-- ck_queued_ended
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, at, null from service_type, here;
-- ck_queued_ended_how
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, at, 'tired' from service_type, here;
-- ck_queued_notice
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 0, null, null from service_type, here;
-- ck_region_county_code
update region set county_code = 'W';
-- ck_region_function_is_answered
update region set function_phone = '';
-- ck_region_role_role
update region_role set role = 'guest';
-- ck_relation_accepted
insert into relative select person, at, null from here;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, person, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
-- ck_relation_confirmed
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  at, null, null from here;
-- ck_relation_ended
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, at, null from here;
-- ck_relation_ended_how
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, at, 'forgotten' from here;
-- ck_relation_items
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{letters}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
-- ck_relation_not_oneself
insert into relative select patient, at, null from here;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, patient, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', at,
  null, null, null from here;
-- ck_relation_period
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at, 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
-- ck_relation_tries
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 11, at, at + interval '14 days', null,
  null, null, null from here;
-- ck_relative_municipality
insert into relative select person, at, 'Mora' from here;
-- ck_reminder_before
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into reminder select booking.id, patient, 1, '1h', at, null, null from booking, here;
-- ck_reminder_choice_before
insert into reminder_choice select person, 'own', 'visit', '{1h}', at from here;
-- ck_reminder_choice_mode
insert into reminder_choice select person, 'own', 'letter', '{2h}', at from here;
-- ck_reminder_choice_whose
insert into reminder_choice select person, 'theirs', 'visit', '{2h}', at from here;
-- ck_reminder_ended_once
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into reminder select booking.id, patient, 1, '2h', at, at, at from booking, here;
-- ck_service_type_letter
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Välkommen.', at, null from here;
-- ck_service_type_location
insert into location select fresh, unit, 'Hus', 'Gatan 1', '', '{0}', at, null from here;
insert into service_type select gen_random_uuid(), here.unit, 'Samtal', 'phone', 45, location.id, '', 'Ta gärna med din anhörige eller närstående.', at, null from location, here;
-- ck_service_type_minutes
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
update service_type set minutes = 0;
-- ck_service_type_mode
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
update service_type set mode = 'letter';
-- ck_service_type_name
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
update service_type set name = '';
-- ck_session_capacity
update session set capacity = 'both';
-- ck_session_digest
update session set id = '';
-- ck_session_unit
insert into session (id, key, person_id, capacity, way, device, started_at, last_seen, unit_id)
  select decode(repeat('00', 32), 'hex'), fresh, person, 'private', 'demo', '/', at, at, unit from here;
-- ck_session_way
update session set way = 'window';
-- ck_slot_for_whom
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'all', null, null, at, null from service_type, here;
-- ck_slot_offer_ended
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at + interval '2 h', at, null from slot, queued, here;
-- ck_slot_offer_ended_how
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at + interval '2 h', at, 'tired' from slot, queued, here;
-- ck_slot_offer_held
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at, null, null from slot, queued, here;
-- ck_slot_period
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at, 'free', 'unit', null, null, at, null from service_type, here;
-- ck_slot_status
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'maybe', 'unit', null, null, at, null from service_type, here;
-- ck_slot_taken
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'busy', 'unit', null, null, at, null from service_type, here;
-- ck_source_address
insert into source select gen_random_uuid(), region, 'Journalen', 'ftp://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
-- ck_source_client
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'client', null, null, null, 15, null, at, null, null, at, null from here;
-- ck_source_every
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 0, null, at, null, null, at, null from here;
-- ck_source_record_foreign_id
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into source_record select source.id, 'Slot', '', null, mac, null, at from source, here;
-- ck_source_record_type
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into source_record select source.id, 'Patent', '1', null, mac, null, at from source, here;
-- ck_source_way_in
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'key', null, null, null, 15, null, at, null, null, at, null from here;
-- ck_staff_title
update staff set title = '';
-- ck_subscription_capacity
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select fresh, person, 'system', mac, 'push.example', mac, 1, 'sv', '/', at, at, null, null from here;
-- ck_subscription_ended
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select fresh, person, 'duty', mac, 'push.example', mac, 1, 'sv', '/', at, at, at, null from here;
-- ck_subscription_ended_how
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select fresh, person, 'duty', mac, 'push.example', mac, 1, 'sv', '/', at, at, at, 'lost' from here;
-- ck_subscription_language
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select fresh, person, 'duty', mac, 'push.example', mac, 1, 'Svenska', '/', at, at, null, null from here;
-- ck_thread_closed
update thread set closed_at = opened_at;
-- ck_thread_count
update thread set last_n = -1;
-- ck_thread_not_oneself
update thread set belongs_to = patient_id;
-- ck_thread_unanswered
update thread set unanswered_since = null;
-- ck_throttle_level
insert into throttle select mac, 0, at from here;
-- ck_told_looked
insert into told (id, unit_id, name_sealed, birth_sealed, text_sealed, told_at, looked_at, patient_id, sorted_at, sorted_by)
  select fresh, unit, mac, mac, mac, at, null, patient, at, null from here;
-- ck_told_sorted
insert into told (id, unit_id, name_sealed, birth_sealed, text_sealed, told_at, looked_at, patient_id, sorted_at, sorted_by)
  select fresh, unit, mac, mac, mac, at, at, patient, null, null from here;
-- ck_told_sorted_by
insert into told (id, unit_id, name_sealed, birth_sealed, text_sealed, told_at, looked_at, patient_id, sorted_at, sorted_by)
  select fresh, unit, mac, mac, mac, at, at, null, null, person from here;
-- ck_unit_address_kind
insert into unit_address select unit, 'dream', 'x' from here;
-- ck_unit_address_text
insert into unit_address select unit, 'postal', '' from here;
-- ck_unit_can_be_rung
update unit set phone = '';
-- ck_unit_hsa_id
update unit set hsa_id = '';
-- ck_unit_longest_gap
update unit set longest_gap_minutes = 0;
-- ck_unit_phone_can_be_rung
insert into unit_phone select unit, 1, '', '', '' from here;
-- ck_unit_promise
update unit set promise_minutes = 0;
-- ck_wait_ended
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  at, null, null, false
  from here;
-- ck_wait_ended_by_a_person
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  at, null, 'done', false from here;
-- ck_wait_ended_how
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  at, person, 'dream', false
  from here;
-- ck_wait_kind
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'dream', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_ladder
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 4, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_one_holder
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 7, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_one_way
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, true, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, true from here;
-- ck_wait_only_contact
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, person, 1, 1, true, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_promise
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at, 0, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_step
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 8, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here;
-- ck_wait_talked
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  at, worker, 'talked', false from here;
-- ck_wait_unseen
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, call)
  select fresh, 'told', fresh, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, false
  from here;
-- ck_wait_why
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select fresh, 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  at, worker, 'no_need', false from here;
-- ex_assignment_once_at_a_time
insert into assignment select gen_random_uuid(), unit_id, person_id, role, null, '', starts_on + 9, null
  from assignment;
-- ex_closure_one_at_a_time
insert into closure select gen_random_uuid(), unit, '2026-12-23', '2026-12-24', '', null, false from here, generate_series(1, 2);
-- ex_consent_once_at_a_time
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into consent select gen_random_uuid(), relation.id, 'contact', at, at + interval '1 h', null::timestamptz from relation, here;
insert into consent select gen_random_uuid(), relation.id, 'contact', at, at + interval '1 h', null::timestamptz from relation, here;
-- ex_contact_once_at_a_time
insert into contact select gen_random_uuid(), patient_id, unit_id, person_id, false, appointed_at,
  starts_on + 9, null, true from contact;
-- ex_contact_one_coordinates
insert into contact select gen_random_uuid(), patient_id, unit_id, (select person_id from region_role
  limit 1), true, appointed_at, starts_on + 9, null, true from contact;
-- ex_duty_shift_one_at_a_time
insert into duty_shift select gen_random_uuid(), unit, at, at + interval '1 h' from here, generate_series(1, 2);
-- ex_function_hours_one_at_a_time
insert into function_hours select region, 6, n, 990 from here, generate_series(480, 481) n;
-- ex_office_hours_one_at_a_time
insert into office_hours select unit, 6, n, 990 from here, generate_series(480, 481) n;
-- ex_participant_one_place_at_a_time
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into participant select booking.id, worker, 'staff', starts_at, ends_at, status from booking, here;
-- ex_pattern_hours_one_at_a_time
insert into pattern_hours select pattern_id, week, weekday, opens + 1, closes from pattern_hours;
-- ex_pattern_one_at_a_time
insert into pattern select gen_random_uuid(), assignment_id, starts_on + 9, null, anchor, 1 from pattern;
-- ex_slot_one_at_a_time
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here, generate_series(1, 2);
-- uq_absence_substitute_absence_id_person_id
insert into absence select fresh, person, at, null, at, person from here;
insert into absence_substitute select id, n, worker, at from here, absence, generate_series(1, 2) n;
-- uq_api_client_name
insert into api_client select gen_random_uuid(), region, null, '1177', '{system/CareTeam.rs}', mac, at, worker, null, null from here, generate_series(1, 2);
-- uq_block_one_open
insert into block select gen_random_uuid(), patient, person, at from here, generate_series(1, 2);
-- uq_booking_answer_n
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into booking_answer select gen_random_uuid(), booking.id, 1, 1, 'accepted', null, at from booking, here;
insert into booking_answer select gen_random_uuid(), booking.id, 1, 1, 'declined', null, at from booking, here;
-- uq_calendar_feed_person_id
insert into calendar_feed select gen_random_uuid(), person, mac, at, null, null from here;
insert into calendar_feed select gen_random_uuid(), person, '', at, null, null from here;
-- uq_calendar_feed_secret_digest
insert into calendar_feed select gen_random_uuid(), person, mac, at, null, null from here;
insert into calendar_feed select gen_random_uuid(), patient, mac, at, null, null from here;
-- uq_contact_point_open
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select gen_random_uuid(), person, 'duty', 'email', mac, mac, 0, at, null from here, generate_series(1, 2);
-- uq_contact_request_one_open
insert into contact_request select gen_random_uuid(), patient, unit, 'new', '', at from here, generate_series(1, 2);
-- uq_delivery_notice_place
insert into contact_point (id, person_id, capacity, system, value_sealed, code_digest, tries, asked_at, confirmed_at)
  select fresh, person, 'duty', 'email', mac, mac, 0, at, null from here;
insert into notice (id, person_id, kind, key, language, made_at, show_at, capacity)
  select fresh, person, 'gap', 'a', 'sv', at, at, 'duty' from here;
insert into delivery (id, person_id, capacity, channel, contact_point_id, notice_id, topic, made_at, due_at, tries)
  select gen_random_uuid(), person, 'duty', 'email', (select id from contact_point),
  (select id from notice where key = 'a'), '', at, at, 0 from here, generate_series(1, 2);
-- uq_delivery_receipt_digest
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select fresh, person, 'duty', mac, 'push.example', mac, 1, 'sv', '/', at, at, null, null from here;
insert into delivery (id, person_id, capacity, channel, subscription_id, topic, receipt_digest, made_at, due_at, tries)
  select gen_random_uuid(), person, 'duty', 'push', (select id from subscription), '', mac, at, at, 0 from here, generate_series(1, 2);
-- uq_drop_in_name
insert into location select fresh, unit, 'Här', 'Torget 1', '', '{0}', at, null from here;
insert into drop_in (id, unit_id, location_id, municipality, name, purpose, meets, weekdays, every_weeks, opens, closes, first_on, last_on, on_red_days, relative_welcome, child_welcome, made_at, published_at, ended_at)
  select gen_random_uuid(), here.unit, location.id, '2031', 'Öppet', 'x', 'y', '{2}', 1, '13:00', '16:00', date '2026-11-02', null, false, true, true, at, null, null from location, here, generate_series(1, 2);
-- uq_duty_person_shift_id_person_id
insert into duty_shift select fresh, unit, at, at + interval '1 h' from here;
insert into duty_person select id, n, worker from here, duty_shift, generate_series(1, 2) n;
-- uq_head_substitute_unit_id_person_id
insert into head_substitute select unit_id, n + 1, person_id from head_substitute;
-- uq_invitation_claim_digest
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, claimed_at, claim_digest, ended_at)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0, at, mac, at from here;
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries, claimed_at, claim_digest)
  select gen_random_uuid(), patient, 'in_person', 'BBBB', mac, at, person, at, 0, at, mac from here;
-- uq_invitation_person_open
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0 from here;
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select gen_random_uuid(), patient, 'in_person', 'BBBB', mac, at, person, at, 0 from here;
-- uq_invitation_place_open
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select fresh, patient, 'in_person', 'AAAA', mac, at, person, at, 0 from here;
insert into invitation (id, person_id, how, place, secret_digest, issued_at, issued_by, expires_at, tries)
  select gen_random_uuid(), other, 'in_person', 'AAAA', mac, at, person, at, 0 from here,
  (select person_id as other from staff order by person_id desc limit 1) as others where other <> person;
-- uq_location_name
insert into location select fresh, unit, 'Hus', 'Gatan 1', '', '{0}', at, null from here;
insert into location select gen_random_uuid(), unit, 'Hus', 'Gatan 1', '', '{0}', at, null from here;
-- uq_log_check_row_once
insert into log_check select fresh, region, 'random', date '2026-01-01', date '2026-01-31', 1, 0, at, person, null, null, null from here;
insert into log_check_row select (select id from log_check), 1, person, patient, unit, date '2026-01-01', at, at, 1, '{x}', null, null, null, null, null, null, null from here;
insert into log_check_row select (select id from log_check), 2, person, patient, unit, date '2026-01-01', at, at, 1, '{x}', null, null, null, null, null, null, null from here;
-- uq_log_question_entry
insert into log_question (id, patient_id, unit_id, about_id, entry_at, entry_id, text_sealed, asked_at)
  select gen_random_uuid(), patient, unit, worker, at, 1, mac, at from here, generate_series(1, 2);
-- uq_message_digest
insert into message select thread_id, n + 1, author_id, text_sealed, written_at, digest from message;
-- uq_notice_person_id_kind_key
insert into notice select gen_random_uuid(), person, 'x', 'x', null, 'sv', at, at, null, null, 'duty'
  from here, generate_series(1, 2);
insert into notice select gen_random_uuid(), person, 'x', 'x', null, 'sv', at, at from here, generate_series(1, 2);
-- uq_participant_patient
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into participant select booking.id, patient, 'patient', starts_at, ends_at, status from booking, here;
insert into participant select booking.id, worker, 'patient', starts_at, ends_at, status from booking, here;
-- uq_passkey_credential_id
insert into passkey select fresh, person, 'duty', mac, mac, 0, mac, '/', at from here;
insert into passkey select gen_random_uuid(), person, 'duty', mac, mac, 0, mac, '/', at from here;
-- uq_person_number_index
insert into person select gen_random_uuid(), name_sealed, number_sealed, number_index, null, null,
  language, created_at, null from person where number_index is not null;
-- uq_quarantined_open
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into quarantined select gen_random_uuid(), source.id, 'Slot', '1', null, 'unknown', null, mac, at, at, null from source, here, generate_series(1, 2);
-- uq_queued_open
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here, generate_series(1, 2);
-- uq_region_county_code
insert into region select gen_random_uuid(), 'Annan', county_code, function_phone from region;
-- uq_relation_pair_open
insert into relative select person, at, null from here;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, person, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', at,
  null, null, null from here;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select gen_random_uuid(), patient, person, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', at,
  null, null, null from here;
-- uq_relation_place_open
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select gen_random_uuid(), patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
-- uq_relative_call_digest
insert into relation (id, patient_id, relative_id, name_sealed, items, until_at, place, secret_digest, tries, offered_at, offer_ends_at, accepted_at, confirmed_at, ended_at, ended_how)
  select fresh, patient, null, mac, '{contact}', at + interval '1 day', 'AAAA', mac, 0, at, at + interval '14 days', null,
  null, null, null from here;
insert into relative_call select gen_random_uuid(), relation.id, unit, mac, mac, at, mac from relation, here, generate_series(1, 2);
-- uq_service_type_name
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into service_type select gen_random_uuid(), unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
-- uq_session_key
update session set key = gen_random_uuid();
update session set key = (select key from session limit 1);
-- uq_slot_booking_id
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into booking (id, unit_id, patient_id, service_type_id, mode, status, starts_at, ends_at, version, title_sealed, place_sealed, made_at, made_by, reminded_version)
  select gen_random_uuid(), here.unit, here.patient, service_type.id, 'visit', 'booked', at, at + interval '1 h', 1, mac, mac, at, worker, 0 from here, service_type;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at + n * interval '1 day', at + n * interval '1 day' + interval '1 h', 'busy', 'unit', booking.id, null, at, null from service_type, here, booking, generate_series(1, 2) n;
-- uq_slot_offer_once
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at + interval '2 h', at, 'refused' from slot, queued, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at + interval '2 h', null, null from slot, queued, here;
-- uq_slot_offer_open
insert into service_type select fresh, unit, 'Samtal', 'visit', 45, null, '', 'Ta gärna med din anhörige eller närstående.', at, null from here;
insert into slot select gen_random_uuid(), here.unit, service_type.id, worker, null, at, at + interval '1 h', 'free', 'unit', null, null, at, null from service_type, here;
insert into queued select gen_random_uuid(), here.unit, service_type.id, patient, at, null, '{}', 24, null, null from service_type, here;
insert into patient select worker, at from here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, patient, at, at + interval '2 h', null, null from slot, queued, here;
insert into slot_offer select gen_random_uuid(), slot.id, queued.id, worker, at, at + interval '2 h', null, null from slot, queued, here;
-- uq_source_base_url
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into source select gen_random_uuid(), region, 'Annan', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
-- uq_source_name
insert into source select gen_random_uuid(), region, 'Journalen', 'https://fhir.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
insert into source select gen_random_uuid(), region, 'Journalen', 'https://annan.example', 'open', null, null, null, 15, null, at, null, null, at, null from here;
-- uq_staff_hsa_id
insert into staff select patient, hsa_id, title, false from staff, here;
-- uq_standing_substitute_assignment_id_person_id
insert into standing_substitute select assignment, n, person from here, generate_series(1, 2) n;
-- uq_subscription_endpoint_open
insert into subscription (id, person_id, capacity, endpoint_digest, host, address_sealed, vapid, language, device, made_at,
  renewed_at, ended_at, ended_how) select gen_random_uuid(), person, 'duty', mac, 'push.example', mac, 1, 'sv', '/', at, at, null, null from here, generate_series(1, 2);
-- uq_thread_opening
insert into thread select gen_random_uuid(), patient_id, unit_id, belongs_to, topic_sealed, opened_by,
  opened_at, opening, 0, last_at, last_by from thread;
-- uq_unit_hsa_id
insert into unit select fresh, region_id, 'Annan', phone, phone_hours, 1, head_id, 960, null, 'SE-1' from unit, here limit 1;
update unit set hsa_id = 'SE-1';
-- uq_unit_region_id_name
insert into unit select fresh, region_id, name, phone, phone_hours, 1, head_id, 960 from unit, here;
-- uq_wait_one_open
insert into wait (id, kind, subject_id, unit_id, patient_id, belongs_to, holder_id, step, turn, only_contact, opened_at,
  counts_from, promised_at, rung, broken, next_at, care_version, failed_at, ended_at, ended_by, ended_how, call)
  select gen_random_uuid(), 'booking_answer', thread, unit, patient, worker, worker, 1, 1, false, at, at, at + interval '1 h', 0, 0, at, 1, null,
  null, null, null, false
  from here, generate_series(1, 2);
