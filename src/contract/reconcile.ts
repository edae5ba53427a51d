import { z } from 'zod'
import { identityStatusSchema } from './identities.ts'
import { operation, tenantParams } from './operation.ts'

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
      .array(z.object({ id: z.string(), label: z.string(), status: identityStatusSchema }))
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

export type Reconciliation = z.output<typeof reconciliationSchema>

const maxExportBytes = 32 * 1024 * 1024

export const operations = {
  reconcile: operation({
    method: 'POST',
    path: '/tenants/:tenant/reconcile',
    summary: 'Compare the directory with an export from Entra ID',
    description:
      "Users or groups are found by the matching attribute of Entra's mapping and compared through it, in what the export tells. Nothing is changed and nothing of the export is kept. A file of up to 32 MiB is taken.",
    tags: ['setup'],
    params: tenantParams,
    body: exportSchema,
    bodyLimit: maxExportBytes,
    response: { status: 200, description: 'What they have in common.', schema: reconciliationSchema },
    problems: [400, 404, 413, 415],
  }),
}
