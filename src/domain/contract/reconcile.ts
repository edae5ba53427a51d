import * as z from 'zod'
import { identityStatusSchema } from './identities.ts'
import { count, describe, read, returns, text } from './operation.ts'

const exportSchema = z.strictObject({
  text: text(
    'The file: a response of Microsoft Graph, or the CSV file of "Download users" or "Download groups" in the Microsoft Entra admin center.',
    'userPrincipalName,displayName,accountEnabled\nanna@example.com,Anna Berg,True\n',
  ),
  name: text(
    'The file name; its extension determines whether it is read as JSON or CSV.',
    'exportUsers_2026-3-1.csv',
  ).optional(),
})

const side = (description: string) => z.unknown().optional().meta({ description })

const reconciliationSchema = z
  .object({
    format: z.enum(['graph', 'csv']),
    type: z.enum(['User', 'Group']),
    read: count('The number of entries of the export.', 412),
    inSync: count('The number of entries that match the tenant.', 409),
    missing: z
      .array(
        z.object({
          label: z.string().meta({ example: 'anna@example.com' }),
          line: z.int().optional().meta({ description: 'The line of a CSV file.', example: 7 }),
        }),
      )
      .meta({ description: 'In the export, but not in the tenant.' }),
    extra: z
      .array(z.object({ id: z.string(), label: z.string(), status: identityStatusSchema }))
      .meta({ description: 'In the tenant, but not in the export.' }),
    different: z
      .array(
        z.object({
          id: z.string(),
          label: z.string(),
          differences: z.array(
            z.object({
              path: text('The target of the mapping.', 'name.givenName'),
              export: side('The value of the export; absent if it is empty.'),
              directory: side('The value of the tenant; absent if it is empty.'),
            }),
          ),
        }),
      )
      .meta({
        description:
          'In both, with different values. For members, each side lists only those that the other side lacks.',
      }),
    ignored: z
      .array(z.string())
      .meta({ description: 'Columns that are not compared.', example: ['userType'] }),
  })
  .meta({ id: 'Reconciliation', description: 'The comparison of an export with the tenant.' })

export type Reconciliation = z.output<typeof reconciliationSchema>

const maxExportBytes = 32 * 1024 * 1024

export const operations = describe('setup', {
  reconcile: read(
    'POST /tenants/:tenant/reconcile',
    'Compare the directory with an export from Entra ID',
    returns(reconciliationSchema, 'The comparison.'),
    {
      description:
        "Matches users or groups by the matching attribute of Entra's mapping, and compares the mapped attributes that the export contains. Nothing is changed, and the export is not stored. The limit is 32 MiB.",
      body: exportSchema,
      bodyLimit: maxExportBytes,
      unparsedBody: true,
      maxConcurrent: 2,
      also: [429],
    },
  ),
})
