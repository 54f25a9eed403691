/**
 * The keys that Supabase's CLI knows in config.toml: section, then its keys. `*` stands for a name that the user
 * chooses, `a|b` for either. Names only; what they mean is for the setting that uses one.
 */

const providers =
  'apple|azure|bitbucket|discord|facebook|figma|github|gitlab|google|kakao|keycloak|linkedin|linkedin_oidc|notion|' +
  'slack|slack_oidc|spotify|twitch|twitter|workos|x|zoom'
const hooks =
  'before_user_created|custom_access_token|mfa_verification_attempt|password_verification_attempt|send_email|send_sms'

export const supabaseKeys: Readonly<Record<string, string>> = {
  '': 'project_id',
  analytics: 'backend enabled gcp_jwt_path gcp_project_id gcp_project_number port vector_port',
  api: 'auto_expose_new_tables enabled external_url extra_search_path max_rows port schemas',
  'api.tls': 'cert_path enabled key_path',
  auth:
    'additional_redirect_urls anon_key enable_anonymous_sign_ins enable_manual_linking enable_refresh_token_rotation ' +
    'enable_signup enabled jwt_expiry jwt_issuer jwt_secret minimum_password_length password_requirements ' +
    'publishable_key refresh_token_reuse_interval secret_key service_role_key signing_keys_path site_url',
  'auth.captcha': 'enabled provider secret',
  'auth.email':
    'double_confirm_changes enable_confirmations enable_signup max_frequency otp_expiry otp_length secure_password_change',
  'auth.email.notification.*': 'content_path enabled subject',
  'auth.email.smtp': 'admin_email enabled host pass port sender_name user',
  'auth.email.template.*': 'content_path subject',
  [`auth.external.${providers}`]: 'client_id email_optional enabled redirect_uri secret skip_nonce_check url',
  [`auth.hook.${hooks}`]: 'enabled secrets uri',
  'auth.mfa': 'max_enrolled_factors',
  'auth.mfa.phone': 'enroll_enabled max_frequency otp_length template verify_enabled',
  'auth.mfa.totp|web_authn': 'enroll_enabled verify_enabled',
  'auth.oauth_server': 'allow_dynamic_registration authorization_url_path enabled',
  'auth.rate_limit':
    'anonymous_users email_sent sign_in_sign_ups sms_sent token_refresh token_verifications web3',
  'auth.sessions': 'inactivity_timeout timebox',
  'auth.sms': 'enable_confirmations enable_signup max_frequency otp_expiry otp_length template',
  'auth.sms.messagebird': 'access_key enabled originator',
  'auth.sms.test_otp': '*',
  'auth.sms.textlocal': 'api_key enabled sender',
  'auth.sms.twilio': 'account_sid auth_token content_sid enabled message_service_sid',
  'auth.sms.twilio_verify': 'account_sid auth_token enabled message_service_sid',
  'auth.sms.vonage': 'api_key api_secret enabled from',
  'auth.third_party.auth0': 'enabled tenant tenant_region',
  'auth.third_party.aws_cognito': 'enabled user_pool_id user_pool_region',
  'auth.third_party.clerk': 'domain enabled',
  'auth.third_party.firebase': 'enabled project_id',
  'auth.third_party.workos': 'enabled issuer_url',
  'auth.web3.ethereum|solana': 'enabled',
  'compute.*': 'exposure instances runtime size source',
  db: 'health_timeout major_version port root_key shadow_port',
  'db.migrations': 'enabled schema_paths',
  'db.network_restrictions': 'allowed_cidrs allowed_cidrs_v6 enabled',
  'db.pooler': 'default_pool_size enabled max_client_conn pool_mode port',
  'db.seed': 'enabled sql_paths',
  'db.settings':
    'effective_cache_size logical_decoding_work_mem maintenance_work_mem max_connections max_locks_per_transaction ' +
    'max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_replication_slots ' +
    'max_slot_wal_keep_size max_standby_archive_delay max_standby_streaming_delay max_wal_senders max_wal_size ' +
    'max_worker_processes session_replication_role shared_buffers statement_timeout track_activity_query_size ' +
    'track_commit_timestamp wal_keep_size wal_sender_timeout work_mem',
  'db.ssl_enforcement': 'enabled',
  'db.vault': '*',
  edge_runtime: 'deno_version enabled inspector_port policy',
  'edge_runtime.secrets': '*',
  experimental: 'compute orioledb_version s3_access_key s3_host s3_region s3_secret_key stack',
  'experimental.inspect.rules': 'fail name pass query',
  'experimental.pgdelta': 'declarative_schema_path enabled format_options',
  'experimental.webhooks': 'enabled',
  'functions.*': 'enabled entrypoint import_map static_files verify_jwt',
  'functions.*.env': '*',
  'inbucket|local_smtp': 'admin_email enabled pop3_port port sender_name smtp_port',
  realtime: 'enabled ip_version max_header_length',
  storage: 'enabled file_size_limit',
  'storage.analytics': 'enabled max_catalogs max_namespaces max_tables',
  'storage.analytics.buckets.*': '*',
  'storage.buckets.*': 'allowed_mime_types file_size_limit objects_path public',
  'storage.image_transformation': 'enabled',
  'storage.s3_protocol': 'enabled',
  'storage.vector': 'enabled max_buckets max_indexes',
  'storage.vector.buckets.*': '*',
  studio: 'api_url enabled openai_api_key port',
}
