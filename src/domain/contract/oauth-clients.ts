import * as z from 'zod'
import {
  count,
  creates,
  describe,
  destroy,
  durationSchema,
  flag,
  type Need,
  pageQuery,
  pages,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

const accessSchema = z.enum(['full', 'read']).meta({
  description:
    '`read`: its access tokens have the scope `scim.read` at most, and requests that write are rejected with 403.',
})

const nameSchema = text('A name for people.', 'Entra ID')

const lifetimeSchema = z.int().meta({
  description: 'How long access tokens are valid, in seconds: 60 (1 minute) to 86400 (24 hours).',
  example: 3600,
})

const guid = (description: string) =>
  z.string().meta({ description, example: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0' })

const entraAssertionSchema = z.strictObject({
  kind: z.literal('entra'),
  directory: guid('The ID of the Entra tenant (directory ID).'),
  application: z.string().meta({
    description:
      'The workload application (client ID). Its assertions name it as audience, also as `api://{id}`; a pasted `/.default` is removed.',
    example: '6f8c1c1e-7b8a-4a55-9f6e-3f0f4c1a2b3d',
  }),
  principal: guid(
    "The object ID of SyncFabric's service principal in the Entra tenant, which is the subject.",
  ),
  cloud: z.enum(['global', 'us-government', 'china']).optional().meta({
    description: 'The cloud of the Entra tenant; `global` if omitted.',
  }),
  jwks: z.url().optional().meta({
    description: 'A stand-in for Microsoft’s keys, on loopback only.',
    example: 'http://127.0.0.1:8082/keys',
  }),
})

const issuerAssertionSchema = z.strictObject({
  kind: z.literal('issuer'),
  issuer: z.string().meta({
    description: 'The issuer, exactly as `iss` has it.',
    example: 'https://login.example.com/realms/corp',
  }),
  subject: text('The subject, exactly as `sub` has it.', 'provisioning'),
  audiences: z.array(z.string()).meta({
    description: 'The accepted audiences; `aud` must contain one of them.',
    example: ['https://scim.example.com/acme/oauth2/token'],
  }),
  caller: text('The application, as `azp` or `appid` has it; any if omitted.').optional(),
  jwks: z.url().optional().meta({
    description: 'The URL of the keys; found by the issuer’s metadata if omitted.',
    example: 'https://login.example.com/realms/corp/protocol/openid-connect/certs',
  }),
})

const assertionSchema = z
  .discriminatedUnion('kind', [entraAssertionSchema, issuerAssertionSchema])
  .meta({ id: 'ClientAssertion', description: 'The assertions that a client authenticates with (RFC 7523).' })

export type ClientAssertion = z.output<typeof assertionSchema>

const secretSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    ending: text('The last characters of the secret.', 'x7Q_'),
    created: timestamp("The time of its creation, by the tenant's clock."),
    expires: timestamp("The time of its expiry, by the tenant's clock."),
    expired: z.boolean(),
    expiresInDays: z
      .int()
      .meta({ description: 'Whole days until it expires; negative after that.', example: 364 }),
    warning: text(
      'A warning, from 90 days before it expires.',
      'Expires in 12 days. Create a second secret and give it to the client.',
    ).optional(),
    lastUsed: timestamp("The last access token that was issued for it, by the tenant's clock.").optional(),
    issued: count('The number of access tokens that were issued for it.', 24),
  })
  .meta({ id: 'ClientSecret', description: 'A client secret, without its value.' })

export type ClientSecret = z.input<typeof secretSchema>

const clientSchema = z
  .object({
    id: text('The client ID.', 'client_3u1J0wGq5yT8nB2cV7kXzA'),
    name: nameSchema,
    access: accessSchema,
    authentication: z.enum(['secret', 'assertion']).meta({
      description:
        '`secret`: the client sends a client secret. `assertion`: it sends a JWT of an issuer instead.',
    }),
    tokenLifetime: lifetimeSchema,
    lifetimeWarning: text('Present if Entra’s gallery would not accept this lifetime.').optional(),
    inForce: flag('False while the tenant has the profile `aws`, which accepts its own access tokens only.'),
    created: timestamp("The time of its creation, by the tenant's clock."),
    lastUsed: timestamp("The last access token that was issued to it, by the tenant's clock.").optional(),
    issued: count('The number of access tokens that were issued to it.', 24),
    secrets: z.array(secretSchema).meta({
      description: 'Its secrets that are not deleted, newest first; empty for `assertion`.',
    }),
    assertion: assertionSchema.optional().meta({ description: 'Present for `assertion`.' }),
  })
  .meta({ id: 'Client', description: 'A client of the token endpoint.' })

export type OAuthClient = z.input<typeof clientSchema>

const invalidDuration = 'Expected a duration with w, d, h, m and s, such as 365d.'

export const defaultSecretLifetime = '365d'

const secretLifetimeSchema = durationSchema(invalidDuration).optional().meta({
  description: 'How long the secret is valid: 1 to 1096 days; `365d` if omitted.',
  example: '365d',
})

const secretValueSchema = text(
  'The value of the secret, for tests and CI: at least 16 characters; generated if omitted.',
  'ci-secret-of-my-tests',
).optional()

const newSecretSchema = z.strictObject({ value: secretValueSchema, lifetime: secretLifetimeSchema })

export type NewClientSecret = z.input<typeof newSecretSchema>

const newClientSchema = z.strictObject({
  name: nameSchema.optional().meta({ description: 'A name for people; the client ID if omitted.' }),
  id: text('The client ID, for tests and CI; generated if omitted.', 'ci-client').optional(),
  access: accessSchema.optional().meta({ description: 'The access of the client; `full` if omitted.' }),
  tokenLifetime: lifetimeSchema.optional().meta({
    description: 'How long access tokens are valid, in seconds; 3600 if omitted.',
  }),
  secret: newSecretSchema.optional().meta({ description: 'Options for its first secret.' }),
  assertion: assertionSchema.optional().meta({
    description: 'The assertions that it authenticates with, instead of secrets.',
  }),
})

export type NewOAuthClient = z.input<typeof newClientSchema>

const clientChangeSchema = newClientSchema
  .pick({ name: true, access: true, tokenLifetime: true, assertion: true })
  .extend({
    assertion: assertionSchema.optional().meta({
      description: 'Replaces the assertions of a client that authenticates with assertions.',
    }),
  })

export type OAuthClientChange = z.input<typeof clientChangeSchema>

const issuedSecretSchema = secretSchema
  .extend({
    value: text('The client secret. It is shown once; only a hash is stored.'),
  })
  .meta({ id: 'IssuedClientSecret', description: 'A new client secret with its value.' })

export type IssuedClientSecret = z.input<typeof issuedSecretSchema>

const issuedClientSchema = clientSchema
  .extend({
    secret: issuedSecretSchema.optional().meta({ description: 'Its first secret; absent for `assertion`.' }),
    tokenEndpoint: z.url().meta({
      description: 'The URL at which the client requests access tokens.',
      example: 'http://127.0.0.1:8080/acme/oauth2/token',
    }),
  })
  .meta({ id: 'IssuedClient', description: 'A new client with its secret.' })

export type IssuedOAuthClient = z.input<typeof issuedClientSchema>

const accessTokenSchema = z
  .object({
    id: z.string().meta({ example: '5d0c2f9e-1c3b-4f0a-8e77-0c9b5a1d2e3f' }),
    client: text('The client ID.', 'client_3u1J0wGq5yT8nB2cV7kXzA'),
    clientName: nameSchema,
    secret: text('The ID of the client secret that it was issued for; absent for an assertion.').optional(),
    ending: text('The last characters of the access token.', 'k3Zt'),
    access: accessSchema,
    scope: text('The scope of the response, by blanks.', 'scim'),
    status: z.enum(['active', 'expired', 'revoked']).meta({
      description:
        '`revoked`: revoked here, or replaced by newer ones. Both `expired` and `revoked` are listed for a week.',
    }),
    created: timestamp("The time of its issue, by the tenant's clock."),
    expires: timestamp("The time of its expiry, by the tenant's clock."),
    lastUsed: timestamp("The last request that it authenticated, by the tenant's clock.").optional(),
    requests: count('The number of requests that it authenticated.', 1024),
  })
  .meta({ id: 'AccessToken', description: 'An access token of the token endpoint, without its value.' })

export type AccessToken = z.input<typeof accessTokenSchema>

/** Assertions name an issuer that is trusted from then on, which needs what adding a trusted issuer needs. */
const needOf = (client: { readonly assertion?: unknown } | undefined): Need =>
  client?.assertion === undefined ? 'write' : 'destroy'

export const operations = describe('clients', {
  listClients: read(
    'GET /tenants/:tenant/clients',
    'List the clients of the token endpoint',
    pages(clientSchema, 'The clients that are not deleted, newest first.'),
  ),
  createClient: write(
    'POST /tenants/:tenant/clients',
    'Create a client of the token endpoint',
    creates(issuedClientSchema, 'The client with its secret.'),
    {
      needsFor: (body: unknown) => needOf(newClientSchema.safeParse(body).data),
      description:
        'For tenants of every profile but `aws`. The client requests access tokens with client credentials (RFC 6749 §4.4). Only this response contains its secret. With `assertion` it needs `destroy`, as trusting an issuer does.',
      body: newClientSchema.optional(),
      also: [409],
    },
  ),
  getClient: read(
    'GET /tenants/:tenant/clients/:client',
    'Show a client of the token endpoint',
    returns(clientSchema, 'The client.'),
  ),
  updateClient: write(
    'PATCH /tenants/:tenant/clients/:client',
    'Change a client of the token endpoint',
    returns(clientSchema, 'The client.'),
    {
      needsFor: (body: unknown) => needOf(clientChangeSchema.safeParse(body).data),
      description:
        'Omitted members stay unchanged. A change of access applies to access tokens that are in use, too; a change of lifetime to later ones. With `assertion` it needs `destroy`, as changing a trusted issuer does.',
      body: clientChangeSchema,
      also: [409],
    },
  ),
  deleteClient: destroy(
    'DELETE /tenants/:tenant/clients/:client',
    'Delete a client of the token endpoint',
    returnsNothing('The client is deleted.'),
    {
      description:
        'Its secrets and its access tokens are rejected from now on; the journal records the reason.',
    },
  ),
  createClientSecret: write(
    'POST /tenants/:tenant/clients/:client/secrets',
    'Create a client secret',
    creates(issuedSecretSchema, 'The secret with its value.'),
    {
      description:
        'A client has at most two secrets that are not expired, so that one can be replaced without downtime. Only this response contains the value.',
      body: newSecretSchema.optional(),
      also: [409],
    },
  ),
  deleteClientSecret: destroy(
    'DELETE /tenants/:tenant/clients/:client/secrets/:secret',
    'Delete a client secret',
    returnsNothing('The secret is deleted.'),
    { description: 'Access tokens that were issued for it are rejected from now on.' },
  ),
  listAccessTokens: read(
    'GET /tenants/:tenant/access-tokens',
    'List the access tokens of the token endpoint',
    pages(
      accessTokenSchema,
      'The access tokens, newest first.',
      pageQuery.extend({
        client: text('Only those of the client with this ID.').optional(),
      }),
    ),
    { description: 'Those that clients requested, without their values.' },
  ),
  revokeAccessToken: destroy(
    'DELETE /tenants/:tenant/access-tokens/:token',
    'Revoke an access token of the token endpoint',
    returnsNothing('The access token is revoked.'),
    {
      description: 'Requests with it are rejected from now on; the journal records the reason.',
      parameters: { token: 'The ID of the access token.' },
    },
  ),
})
