import { type Command, Option } from 'commander'
import { profileNames } from '../../profiles/names.ts'
import { wrongUse } from './cli-error.ts'
import { openSessionFile } from './open-session.ts'
import { parseDuration, tenantOption } from './options.ts'
import { replayTo } from './replay.ts'
import { saveExport } from './save-export.ts'
import { createSession, resolveTenant } from './session.ts'
import { withTemporaryServer } from './temporary-server.ts'

/** `scimulator session`: what happened at a tenant, as one file. */
export function sessionFileCommand(session: Command): void {
  session
    .command('export <file> [query...]')
    .description('Export a session as an HTML file that a browser opens without a server')
    .addOption(tenantOption())
    .addHelpText(
      'after',
      '\nA query selects the requests, as in `scimulator journal list`; everything else is always complete.',
    )
    .action(exportSession)
  session
    .command('open <file>')
    .description('Open a session file in the console, as a read-only tenant')
    .option('--id <id>', 'ID of the tenant (default: <exported tenant>-session)')
    .option('--temporary', 'Use a server in memory for it, even if one is running')
    .addHelpText(
      'after',
      '\nIf no server is running and --console is not set, a server in memory is started until Ctrl-C.',
    )
    .action(openSessionFile)
  session
    .command('replay <file>')
    .description('Send the requests of a session to another server; exit code 1 if responses differ')
    .option('--url <url>', 'Base URL of the SCIM server, which the requests change')
    .addOption(
      new Option('--token <token>', 'Bearer token; preferably set SCIM_TOKEN in the environment').env(
        'SCIM_TOKEN',
      ),
    )
    .addOption(
      new Option('--profile <name>', 'Use a temporary server with this profile').choices(profileNames),
    )
    .addOption(
      new Option('--timeout <duration>', 'Response timeout').default(60_000, '60s').argParser(parseDuration),
    )
    .action(replaySession)
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

type ReplayFlags = {
  readonly url?: string
  readonly token?: string
  readonly profile?: (typeof profileNames)[number]
  readonly timeout: number
}

async function replaySession(
  file: string,
  { url, token, profile, timeout }: ReplayFlags,
  command: Command,
): Promise<void> {
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  if ((url === undefined) === (profile === undefined)) {
    throw wrongUse('Specify the server with --url, or a profile of a temporary server with --profile.')
  }
  if (url !== undefined) return replayTo(file, { url, timeout, ...(token && { token }) }, json)
  await withTemporaryServer({ profile }, server =>
    replayTo(file, { url: server.url, token: server.token, timeout }, json),
  )
}
