import * as z from 'zod'
import { count, describe, isoTimestamp, pageQuery, pages, read, sends, text } from './operation.ts'

const signedIn = {
  issuer: z.string().meta({
    description: 'The issuer of the identity.',
    example: 'https://login.microsoftonline.com/8b7f…/v2.0',
  }),
  subject: text('Identifies the caller at the issuer.'),
  name: text('For display only.', 'Anna Bauer').optional(),
}

const callerSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('open') }),
    z.object({
      kind: z.literal('token'),
      id: text('The ID of the console token; `console-token` for --console-token.'),
      name: z.string().meta({ example: 'ci' }),
    }),
    z.object({ kind: z.literal('person'), ...signedIn }),
    z.object({ kind: z.literal('identity'), ...signedIn }),
    z.object({ kind: z.literal('unknown') }),
  ])
  .meta({
    id: 'AuditCaller',
    description:
      'Who sent the request. `open`: the console required neither a token nor a sign-in. `token`: a console token. `person`: a person who signed in. `identity`: a token of the identity provider. `unknown`: somebody whose sign-in failed before the identity provider named them.',
  })

export type AuditCaller = z.output<typeof callerSchema>

const auditEntrySchema = z
  .object({
    id: z.string(),
    at: isoTimestamp('The time of the request.'),
    caller: callerSchema,
    authenticationAge: z.int().optional().meta({
      description: 'Seconds since the caller had authenticated, if known.',
      example: 42,
    }),
    acr: text('How the caller had authenticated: the `acr` of the ID token.', 'c1').optional(),
    operation: text('The operationId of the request, or `signIn`, `stepUp` or `signOut`.', 'purgeStale'),
    tenant: z.string().optional().meta({ example: 'acme' }),
    objects: z.array(z.string()).meta({ description: 'The IDs of the first 20 objects that it concerned.' }),
    objectCount: count('The number of these objects.', 1),
    status: z.int().optional().meta({
      description:
        'The status of the response. Absent while the operation runs, and if the server stopped before it was complete.',
      example: 200,
    }),
    problem: text('The kind of the problem, if the request failed.', 'not-allowed').optional(),
    address: text('The address of the client.', '127.0.0.1'),
  })
  .meta({ id: 'AuditEntry', description: 'A change at the console, a refused one, or a sign-in.' })

export type AuditEntry = z.output<typeof auditEntrySchema>

const auditQuery = z.object({
  q: text(
    'Space-separated terms, all of which must match: `who:anna`, `caller:person`, `operation:purge`, `tenant:acme`, `object:94482488…`, `status:4xx`, `status:none`, `after:7d`, `before:2026-03-01`, or plain text. Prefix a term with `-` to exclude; quote with `"`.',
    'operation:purge after:7d',
  ).optional(),
})

export type AuditQuery = z.output<typeof auditQuery>

const auditFormats = ['ndjson', 'csv'] as const

export type AuditFormat = (typeof auditFormats)[number]

export const operations = describe('audit', {
  listAuditEntries: read(
    'GET /audit',
    'List the changes at the console, and who made them',
    pages(auditEntrySchema, 'The entries, newest first.', pageQuery.extend(auditQuery.shape)),
    {
      description: 'The audit log cannot be changed. Its entries are kept for --keep-audit-days.',
      also: [429],
    },
  ),
  exportAudit: read(
    'GET /audit/export',
    'Export the audit log',
    sends({ 'application/x-ndjson': z.string(), 'text/csv': z.string() }, 'The file.'),
    {
      description: 'As JSON lines or CSV (RFC 4180), newest first.',
      query: auditQuery.extend({
        format: z
          .enum(auditFormats, `Expected one of ${auditFormats.join(', ')}.`)
          .meta({ description: 'The format of the file.' }),
      }),
      also: [429],
    },
  ),
})
