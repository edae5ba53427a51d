import * as z from 'zod'
import { credentialRefusals, jwtSchema } from './exchanges.ts'
import {
  creates,
  describe,
  destroy,
  flag,
  pages,
  read,
  returns,
  returnsNothing,
  text,
  timestamp,
  write,
} from './operation.ts'

const accessSchema = z.enum(['full', 'read']).meta({
  description: '`read`: requests that write are rejected with 403.',
})

const nameSchema = z
  .string()
  .min(1, 'Must not be empty.')
  .max(100, 'Must have at most 100 characters.')
  .meta({
    description: 'A name for people; by default, the issuer or the directory.',
    example: 'Keycloak',
  })

const texts = (description: string, example: string) =>
  z
    .array(z.string().min(1, 'Must not be empty.').max(1000, 'Must have at most 1000 characters.'))
    .min(1, 'Must not be empty; omit it instead.')
    .max(20, 'Must have at most 20 members.')
    .meta({ description, example: [example] })

const scopesSchema = z
  .strictObject({
    read: z.string().min(1, 'Must not be empty.').optional(),
    write: z.string().min(1, 'Must not be empty.').optional(),
  })
  .meta({
    description:
      'The values in `scope`, `scp` or `roles` that mean read-only and full access. A token with neither is rejected with 403.',
    example: { read: 'scim.read', write: 'scim.write' },
  })

export const cloudSchema = z.enum(['global', 'us-government', 'china']).meta({
  description: 'The Microsoft cloud of the directory.',
})

export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

const url = (description: string, example: string) => z.string().max(2000).meta({ description, example })

const oauthFields = {
  audiences: texts(
    'One of these must be in `aud`. By default, the public URL of the tenant’s SCIM endpoint, if the server has `--public-url`.',
    'https://scim.example.com/acme/scim/v2',
  ),
  jwks: url(
    'The URL of its keys; by default, from its metadata.',
    'https://id.example.com/realms/main/protocol/openid-connect/certs',
  ),
  algorithms: z
    .array(z.enum(algorithms))
    .min(1)
    .meta({ description: 'The accepted signature algorithms; all of these by default.' }),
  clients: texts('The accepted clients, by `client_id`, `azp` or `appid`; all by default.', 'entra-scim'),
  subjects: texts('The accepted values of `sub`; all by default.', '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11'),
  scopes: scopesSchema,
  accessTokensOnly: flag('Whether `typ` must be `at+jwt` (RFC 9068).'),
}

const entraFields = {
  cloud: cloudSchema,
  audience: text(
    'The expected `aud`: the ID of the application template, by default that of custom applications.',
    '8adf8e6e-67b2-4cf2-a259-e3dc5476c621',
  ),
  jwks: url('The URL of the keys, on loopback only, for a stand-in of Microsoft’s token service.', ''),
}

const oauthOptions = z.strictObject(oauthFields).partial().shape
const entraOptions = z.strictObject(entraFields).partial().shape
const commonOptions = { name: nameSchema.optional(), access: accessSchema.optional() }

const newIssuerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('entra'),
    directory: text('The tenant ID of the Entra directory.', '72f988bf-86f1-41af-91ab-2d7cd011db47'),
    ...entraOptions,
    ...commonOptions,
  }),
  z.strictObject({
    kind: z.literal('oauth'),
    issuer: z.string().meta({
      description: 'The exact `iss` of its tokens.',
      example: 'https://id.example.com/realms/main',
    }),
    ...oauthOptions,
    ...commonOptions,
  }),
])

export type NewIssuer = z.input<typeof newIssuerSchema>

/** Null removes a setting, so that its default applies. Those of the other kind are rejected. */
const issuerChangeSchema = z.strictObject({
  name: nameSchema.optional(),
  access: accessSchema.optional(),
  cloud: cloudSchema.optional(),
  audience: entraFields.audience.nullable().optional(),
  audiences: oauthFields.audiences.nullable().optional(),
  jwks: oauthFields.jwks.nullable().optional(),
  algorithms: oauthFields.algorithms.nullable().optional(),
  clients: oauthFields.clients.nullable().optional(),
  subjects: oauthFields.subjects.nullable().optional(),
  scopes: oauthFields.scopes.nullable().optional(),
  accessTokensOnly: oauthFields.accessTokensOnly.optional(),
})

export type IssuerChange = z.input<typeof issuerChangeSchema>

const keysSchema = z
  .object({
    url: text('The URL of the keys, if known.').optional(),
    fetched: timestamp('The last successful fetch, in real time; absent before the first.').optional(),
    unreachableSince: timestamp('The first of the failed fetches since then.').optional(),
    reason: text('Why the last fetch failed.', 'The server did not respond within 5 seconds.').optional(),
    keys: z.array(
      z.object({
        id: text('The `kid`.').optional(),
        algorithm: text('The `alg`.', 'RS256').optional(),
        type: text('The `kty`.', 'RSA'),
        firstSeen: timestamp('The fetch in which it was new, since the start of the server.'),
      }),
    ),
  })
  .meta({ id: 'IssuerKeys', description: 'The keys of an issuer, as this instance has them.' })

export type IssuerKeys = z.input<typeof keysSchema>

const issuerSchema = z
  .object({
    id: z.string().meta({ example: 'issuer_V1StGXR8Z5jdHi6BmyT0aA' }),
    name: nameSchema,
    kind: z.enum(['entra', 'oauth']).meta({
      description:
        '`entra`: tokens that Entra itself issues, for an empty Secret Token. `oauth`: any other issuer.',
    }),
    access: accessSchema,
    created: timestamp('The time of its creation, in real time.'),
    inForce: flag('False while the profile of the tenant accepts its own access tokens only.'),
    issuers: z.array(z.string()).meta({ description: 'The accepted values of `iss`.' }),
    audiences: z.array(z.string()).meta({ description: 'The accepted values of `aud`.' }),
    directory: z.string().optional(),
    cloud: cloudSchema.optional(),
    jwks: text('The URL of its keys, if it is set.').optional(),
    standIn: flag('Whether its keys come from a stand-in of Microsoft’s token service on this machine.'),
    algorithms: z.array(z.string()),
    clients: z.array(z.string()).optional(),
    subjects: z.array(z.string()).optional(),
    scopes: z.object({ read: z.string().optional(), write: z.string().optional() }).optional(),
    accessTokensOnly: z.boolean(),
    warning: text('What to know about its tokens, or that it has not been reached for an hour.').optional(),
    keySet: keysSchema,
  })
  .meta({ id: 'TrustedIssuer', description: 'An issuer whose JWTs a tenant accepts.' })

export type TrustedIssuer = z.input<typeof issuerSchema>

const checkSchema = z.strictObject({
  token: z.string().max(8192, 'Must have at most 8192 characters.').optional().meta({
    description: 'A JWT to check as a request with it would be. It is not stored, and nobody is admitted.',
  }),
})

const checkedSchema = z
  .object({
    reached: z.boolean(),
    keySet: keysSchema,
    token: z
      .object({
        accepted: z.boolean(),
        refusal: z.enum(['expired', 'read-only', ...credentialRefusals]).optional(),
        access: accessSchema.optional(),
        detail: text('The first requirement that it does not meet.'),
        jwt: jwtSchema.optional(),
      })
      .optional(),
  })
  .meta({
    id: 'IssuerCheck',
    description: 'The result of a fetch of the keys, and the verification of a token.',
  })

export type IssuerCheck = z.input<typeof checkedSchema>

export const operations = describe('issuers', {
  listIssuers: read(
    'GET /tenants/:tenant/issuers',
    'List the trusted issuers of a tenant',
    pages(issuerSchema, 'The trusted issuers, newest first.'),
  ),
  createIssuer: destroy(
    'POST /tenants/:tenant/issuers',
    'Trust an issuer',
    creates(issuerSchema, 'The trusted issuer.'),
    {
      description:
        'For tenants of every profile but `aws`. From now on, requests with its JWTs are accepted. Its keys are fetched when they are first needed; check it to fetch them now.',
      body: newIssuerSchema,
      also: [409],
    },
  ),
  updateIssuer: destroy(
    'PATCH /tenants/:tenant/issuers/:issuer',
    'Change a trusted issuer',
    returns(issuerSchema, 'The trusted issuer.'),
    {
      description: 'Tokens that were accepted before are verified again.',
      body: issuerChangeSchema,
      also: [409],
    },
  ),
  deleteIssuer: destroy(
    'DELETE /tenants/:tenant/issuers/:issuer',
    'Stop trusting an issuer',
    returnsNothing('The issuer is not trusted any more.'),
    { description: 'From now on, requests with its JWTs are rejected.' },
  ),
  checkIssuer: write(
    'POST /tenants/:tenant/issuers/:issuer/check',
    'Check a trusted issuer',
    returns(checkedSchema, 'The result.'),
    {
      description: 'Fetches its keys now. Given a token, also reports which requirement it does not meet.',
      body: checkSchema.optional(),
    },
  ),
})
