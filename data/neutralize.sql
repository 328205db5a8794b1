-- A copy of a database sends nothing to DGII.
UPDATE res_company SET nu_ecf_send = false;
UPDATE nu_pos_ecf_link SET tokens = NULL;
