import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, problemResponses, tenantParams } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { type Export, ExportError, readExport } from '../../reconcile/export.ts'
import { type Reconciliation, reconcile } from '../../reconcile/reconcile.ts'
import type { ConsoleDeps } from '../deps.ts'
import { entraSetupOf } from '../entra-setup.ts'
import { statusSchema } from '../views/identity.ts'
import { requireTenant } from './tenants.ts'

const exportSchema = z.strictObject({
  text: z.string().meta({
    description:
      'The file: the answer of Microsoft Graph, or the CSV file that "Download users" or "Download groups" of Entra\'s portal makes.',
    example: 'userPrincipalName,displayName,accountEnabled\nanna@example.com,Anna Berg,True\n',
  }),
  name: z.string().optional().meta({
    description: 'Its name, of which the ending says whether it is JSON or CSV.',
    example: 'exportUsers_2026-3-1.csv',
  }),
})

const side = (description: string) => z.unknown().optional().meta({ description })

const reconciliationSchema = z
  .object({
    format: z.enum(['graph', 'csv']),
    type: z.enum(['User', 'Group']),
    read: z.int().nonnegative().meta({ description: 'How many the export holds.', example: 412 }),
    inSync: z
      .int()
      .nonnegative()
      .meta({ description: 'How many of them are here, and alike.', example: 409 }),
    missing: z
      .array(
        z.object({
          label: z.string().meta({ example: 'anna@example.com' }),
          line: z.int().optional().meta({ description: 'Of a CSV file.', example: 7 }),
        }),
      )
      .meta({ description: 'In the export, and not here.' }),
    extra: z
      .array(z.object({ id: z.string(), label: z.string(), status: statusSchema }))
      .meta({ description: 'Here, and not in the export.' }),
    different: z
      .array(
        z.object({
          id: z.string(),
          label: z.string(),
          differences: z.array(
            z.object({
              path: z.string().meta({ description: 'The target of the mapping.', example: 'name.givenName' }),
              export: side('What the export says; absent where it says that there is nothing.'),
              directory: side('What is here; absent where nothing is.'),
            }),
          ),
        }),
      )
      .meta({
        description:
          'In both, and not alike. Of members the sides name only those that the other side lacks.',
      }),
    ignored: z
      .array(z.string())
      .meta({ description: 'Columns that say nothing about what is provisioned.', example: ['userType'] }),
  })
  .meta({ id: 'Reconciliation', description: 'What an export and the directory have in common.' })

const maxExportBytes = 32 * 1024 * 1024

/** Holding an export of Entra's directory against a tenant's. */
export const reconcileRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants, directory }) => {
  app.post(
    '/tenants/:tenant/reconcile',
    {
      bodyLimit: maxExportBytes,
      schema: {
        operationId: 'reconcile',
        summary: 'Compare the directory with an export from Entra ID',
        description:
          "Users or groups are found by the matching attribute of Entra's mapping and compared through it, in what the export tells. Nothing is changed and nothing of the export is kept. A file of up to 32 MiB is taken.",
        tags: ['setup'],
        params: tenantParams,
        body: exportSchema,
        response: {
          200: jsonResponse('What they have in common.', reconciliationSchema),
          ...problemResponses(400, 404, 413, 415),
        },
      },
    },
    async ({ params, body }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const { mapping } = entraSetupOf(tenant.settings.profile)
      const exported = await readExport(body.text, mapping, body.name).catch(throwExportProblem)
      const own = exported.type === 'User' ? mapping.users : mapping.groups
      return viewReconciliation(exported, await reconcile(exported, own, directory, tenant.key))
    },
  )
}

function throwExportProblem(error: unknown): never {
  if (!(error instanceof ExportError)) throw error
  throw new Problem('invalid-request', `Mend the file and send it again. ${error.message}`, {
    errors: error.mistakes.map(({ message, line }) => ({
      path: 'body.text',
      message,
      ...(line !== undefined && { line }),
    })),
  })
}

const viewReconciliation = (
  { format, type, rows, ignored }: Export,
  { inSync, missing, extra, different }: Reconciliation,
): z.output<typeof reconciliationSchema> => ({
  format,
  type,
  read: rows.length,
  inSync,
  missing: missing.map(({ label, line }) => ({ label, ...(line !== undefined && { line }) })),
  extra: extra.map(({ id, label, status }) => ({ id, label, status })),
  different: different.map(({ identity: { id, label }, drift }) => ({
    id,
    label,
    differences: drift.map(({ path, source, target }) => ({
      path,
      ...(source !== undefined && { export: source }),
      ...(target !== undefined && { directory: target }),
    })),
  })),
  ignored: [...ignored],
})
