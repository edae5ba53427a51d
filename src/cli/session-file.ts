import type { Command } from 'commander'
import { tenantOption } from './options.ts'
import { saveExport } from './save-export.ts'
import { createSession, resolveTenant } from './session.ts'

/** `scimulator session`: what happened at a tenant, as one file. */
export function sessionFileCommand(program: Command): void {
  program
    .command('session')
    .description('Export requests, cycles, findings and directory as one file')
    .command('export <file> [query...]')
    .description('Export a session as an HTML file that a browser opens without a server')
    .addOption(tenantOption())
    .addHelpText(
      'after',
      '\nA query selects the requests, as in `scimulator journal list`; everything else is always complete.',
    )
    .action(exportSession)
}

async function exportSession(
  file: string,
  terms: readonly string[],
  { tenant: named }: { readonly tenant?: string },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const tenant = await resolveTenant(session.api, named)
  const query = terms.length === 0 ? {} : { q: terms.join(' ') }
  await saveExport(session, 'GET /tenants/:tenant/session', { params: { tenant }, query }, file)
}
