import { basename } from 'node:path'
import type { Command } from 'commander'
import { readText } from '../entra/directory/file-text.ts'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { tenantOption } from './options.ts'
import { isInSync, type ReconciliationAnswer, reconciliationInWords } from './reconciliation-in-words.ts'
import { sessionOf } from './session.ts'
import { whichTenant } from './which-tenant.ts'

/** `scimulator reconcile`: a tenant's directory is compared with an export from Entra ID. */
export function reconcileCommand(program: Command): void {
  program
    .command('reconcile <file>')
    .description('compare the directory with an export from Entra ID; exit code 1 when they differ')
    .addHelpText(
      'after',
      '\nThe file is what Microsoft Graph answers (`az rest --url …/users`), or the CSV file that\n"Download users" or "Download groups" of Entra\'s portal makes.',
    )
    .addOption(tenantOption())
    .action(reconcileFile)
}

async function reconcileFile(
  file: string,
  { tenant }: { readonly tenant?: string },
  command: Command,
): Promise<void> {
  const { api, show } = sessionOf(command)
  const text = await textOf(file)
  const id = await whichTenant(api, tenant)
  const answer = await api.post<ReconciliationAnswer>(apiPath('tenants', id, 'reconcile'), {
    body: { text, name: basename(file) },
  })
  show(answer, reconciliationInWords(answer))
  if (!isInSync(answer)) throw new CliError(`The tenant ${id} is not what the export says.`)
}

async function textOf(file: string): Promise<string> {
  const text = await readText(file).catch((error: Error) => {
    throw wrongUse(`${file} can't be read: ${error.message}.`)
  })
  if (text === undefined) throw wrongUse(`${file} is no text in UTF-8 or UTF-16.`)
  return text
}
