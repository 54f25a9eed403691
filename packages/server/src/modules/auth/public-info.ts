/** What anyone may know about this surface: that it is there, what it can do, and the keys that verify its tokens. */
import type { AuthContext } from './auth-context.ts'

const cached = { headers: { 'cache-control': 'public, max-age=600' } }

export function health(): Response {
  return Response.json({ version: 'plinth', name: 'GoTrue', description: 'Accounts and sessions, by Plinth' })
}

export function jwks({ keys }: AuthContext): Response {
  return Response.json(keys.jwks(), cached)
}

/** What verifies tokens (OpenID Connect Discovery 1.0). Signing in as a provider for others is not part of it yet. */
export function openIdConfiguration({ keys, issuer }: AuthContext): Response {
  const algorithms = keys.jwks().keys.map((key) => key['alg'])
  const body = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(algorithms)],
  }
  return Response.json(body, cached)
}

const providers = [
  'apple',
  'azure',
  'bitbucket',
  'discord',
  'facebook',
  'figma',
  'fly',
  'github',
  'gitlab',
  'google',
  'kakao',
  'keycloak',
  'linkedin',
  'linkedin_oidc',
  'notion',
  'slack',
  'slack_oidc',
  'snapchat',
  'spotify',
  'twitch',
  'twitter',
  'workos',
  'zoom',
]

export function publicSettings({ settings }: AuthContext): Response {
  return Response.json({
    external: {
      anonymous_users: settings.isAnonymousEnabled,
      ...Object.fromEntries(providers.map((provider) => [provider, false])),
      email: settings.isEmailEnabled,
      phone: false,
    },
    disable_signup: !settings.isSignUpEnabled,
    mailer_autoconfirm: !settings.isConfirmationRequired,
    phone_autoconfirm: false,
    sms_provider: '',
    saml_enabled: false,
    saml_private_key_next_configured: false,
    passkeys_enabled: false,
  })
}
