import * as z from 'zod'
import { identitySchema, identityStatusSchema, relatedResourceSchema } from './identities.ts'
import { describe, pageQuery, pages, read, returns, timestamp } from './operation.ts'

export const signInVerdictSchema = z.enum(['yes', 'at-risk', 'no']).meta({
  description:
    '`yes`: AWS would let the user sign in, if the identity provider sends the userName as NameID. `at-risk`: the sign-in or the access may fail. `no`: AWS would reject the sign-in.',
  example: 'no',
})

export type SignInVerdict = z.output<typeof signInVerdictSchema>

const providerSchema = z.enum(['entra', 'okta', 'google', 'authentik', 'keycloak', 'ping'])

const ruleFields = {
  rule: z.string().meta({ description: 'The ID of the rule.', example: 'SI-030' }),
  description: z.string().meta({ description: 'The rule as a sentence.' }),
  severity: z.enum(['error', 'warning', 'note']),
  source: z.string(),
  basis: z.enum(['documented', 'observed', 'inferred', 'assumed']).meta({
    description: 'How certain the rule is.',
  }),
  remedy: z.string().meta({ description: 'How to meet the rule.' }),
  settings: z
    .array(z.object({ identityProvider: z.string().meta({ example: 'Okta' }), setting: z.string() }))
    .meta({ description: 'The remedy as settings of identity providers.' }),
}

const issueSchema = z
  .object({ ...ruleFields, detail: z.string().meta({ description: 'The evidence.' }) })
  .meta({ id: 'SignInIssue', description: 'A rule that a user does not meet.' })

export type SignInIssue = z.output<typeof issueSchema>

const userSignInSchema = z
  .object({
    id: identitySchema.shape.id,
    name: z.string().meta({ description: 'The userName.', example: 'anna@example.com' }),
    display: z.string().meta({ example: 'Anna Berg' }),
    status: identityStatusSchema,
    groups: z.array(relatedResourceSchema),
    verdict: signInVerdictSchema,
    issues: z.array(issueSchema),
  })
  .meta({ id: 'UserSignIn', description: 'Whether AWS would let a user sign in, from the directory alone.' })

export type UserSignIn = z.output<typeof userSignInSchema>

const countsSchema = z
  .record(signInVerdictSchema, z.int().nonnegative())
  .meta({ id: 'SignInCounts', description: 'The numbers of active users by verdict.' })

export type SignInCounts = z.output<typeof countsSchema>

const listQuery = pageQuery.extend({
  verdict: signInVerdictSchema.optional(),
  status: identityStatusSchema.optional(),
  text: z.string().min(1, 'Must not be empty; omit it to list all.').optional().meta({
    description: 'Part of the userName or the display name, in any case.',
    example: 'anna',
  }),
})

const certificateSchema = z.object({
  subject: z.string(),
  sha256: z.string().meta({ description: 'The fingerprint.' }),
  notBefore: timestamp('The start of its validity.'),
  notAfter: timestamp('The end of its validity.'),
})

const resultSchema = z
  .object({
    ...ruleFields,
    result: z.enum(['passed', 'failed', 'not-checked']),
    detail: z.string().meta({ description: 'The evidence; for a rule that was not checked, why.' }),
  })
  .meta({ id: 'SignInRuleResult', description: 'The result of a rule.' })

export type SignInRuleResult = z.output<typeof resultSchema>

const checkSchema = z
  .object({
    outcome: z.enum(['accepted', 'rejected', 'unknown']).meta({
      description:
        '`rejected`: a rule with the severity `error` failed. `unknown`: none failed, but the signature or the user was not checked.',
    }),
    sha256: z.string().meta({ description: 'The SHA-256 of the decoded response, in hexadecimal digits.' }),
    form: z.enum(['base64', 'deflated', 'xml']).meta({ description: 'How the response was encoded.' }),
    at: timestamp("The time of the check, by the tenant's clock."),
    nameId: z.string().optional().meta({
      description: 'The NameID, if it is signed.',
      example: 'anna@example.com',
    }),
    issuer: z.string().optional().meta({ description: 'The issuer, if it is signed.' }),
    identityProvider: providerSchema.optional().meta({ description: 'Derived from the issuer.' }),
    certificate: certificateSchema.optional().meta({
      description: 'The certificate that verifies the signature.',
    }),
    user: userSignInSchema.optional().meta({
      description: 'The user with the NameID as userName, in any letter case.',
    }),
    results: z.array(resultSchema),
    cloudTrail: z
      .object({
        eventName: z.literal('ExternalIdPDirectoryLogin'),
        outcome: z.enum(['Success', 'Failure']),
        message: z.string().optional().meta({ description: 'The text of the event, if it is known.' }),
      })
      .optional()
      .meta({ description: 'What CloudTrail would record; absent if the outcome is unknown.' }),
    page: z.string().optional().meta({
      description: 'The page that the user would see, if it is known.',
      example: 'Looks like this code isn’t right',
    }),
  })
  .meta({ id: 'SignInCheck', description: 'The check of a SAML response.' })

export type SignInCheck = z.input<typeof checkSchema>

/** Longer than the limits of the check, so that it reports them. */
const maxText = 512 * 1024
const text = (description: string) =>
  z
    .string()
    .min(1, 'Must not be empty.')
    .max(maxText, 'Must be at most 512 Ki characters.')
    .meta({ description })

const inputSchema = z.strictObject({
  response: text(
    'The response: the value of the form field `SAMLResponse` (base64), of a redirect (deflated base64), or XML. At most 256 KiB.',
  ),
  metadata: text('The metadata of the identity provider, as XML.').optional(),
  certificate: text('The signing certificate of the identity provider, as PEM or base64.').optional(),
  acs: z.string().min(1, 'Must not be empty.').max(2048).optional().meta({
    description: 'The ACS URL of the IAM Identity Center instance.',
    example: 'https://us-east-1.signin.aws/platform/saml/acs/0123',
  }),
  audience: z.string().min(1, 'Must not be empty.').max(2048).optional().meta({
    description: 'The issuer URL of the IAM Identity Center instance.',
  }),
})

export type SignInInput = z.input<typeof inputSchema>

export const operations = describe('sign-in', {
  listSignIn: read(
    'GET /tenants/:tenant/sign-in',
    'List whether AWS would let users sign in',
    pages(userSignInSchema, 'The users, newest first, deleted ones included.', listQuery),
    {
      description:
        'From the directory alone. With `verdict`, a page may have fewer items than `limit`, or none: continue while it has a `next`.',
      maxConcurrent: 2,
      also: [429],
    },
  ),
  countSignIn: read(
    'GET /tenants/:tenant/sign-in/counts',
    'Count the active users whom AWS would let sign in',
    returns(countsSchema, 'The numbers of users.'),
    { maxConcurrent: 2, also: [429] },
  ),
  getUserSignIn: read(
    'GET /tenants/:tenant/sign-in/users/:id',
    'Show whether AWS would let a user sign in',
    returns(userSignInSchema, 'The user.'),
  ),
  checkSignIn: read(
    'POST /tenants/:tenant/sign-in/check',
    'Check a SAML response',
    returns(checkSchema, 'The result of each rule.'),
    {
      description:
        'Reports which rules of AWS the response breaks, and the user it would sign in. No session is created, and the response is not stored.',
      body: inputSchema,
      // JSON escapes quotation marks and line breaks of XML.
      bodyLimit: 4 * maxText,
      maxConcurrent: 2,
      also: [429],
    },
  ),
})
