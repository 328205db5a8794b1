-- A copy of a database acts for nobody: it sends nothing to DGII or to suppliers, holds
-- no secret of the house, and no token or device of the house is believed by it.
UPDATE res_company SET nu_ecf_send = false;
UPDATE nu_pos_ecf_link SET tokens = NULL;
-- the private key of the taxpayer, sealed as it is
UPDATE nu_pos_ecf_certificate SET sealed_key = NULL, active = false;
-- tokens that were signed for the house are void here, and those signed here there
UPDATE ir_config_parameter
   SET value = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
 WHERE key = 'nu_pos.jwt_secret';
DELETE FROM ir_config_parameter WHERE key = 'nu_pos.audit_mail';
UPDATE nu_pos_refresh_token
   SET token_hash = 'neutralized ' || id, previous_hash = NULL,
       family = 'neutralized ' || id,
       date_revoked = COALESCE(date_revoked, now() AT TIME ZONE 'UTC'),
       revoke_reason = COALESCE(revoke_reason, 'logout');
UPDATE nu_pos_approval SET token_hash = 'neutralized ' || id;
UPDATE nu_pos_device SET secret_hash = NULL;
