import type { Noun } from './noun.ts'

type Entry = {
  readonly usage: string
  readonly summary: string
  /** Each noun is a module of its own, so that a command loads only what it runs. */
  readonly load: () => Promise<Noun>
}

const entry = (usage: string, summary: string, load: Entry['load']): Entry => ({ usage, summary, load })

/** The commands of the program, in the order of `--help`, which omits those without a summary. */
export const nouns: readonly Entry[] = [
  entry(
    'serve',
    'Start the server, as `scimulator` alone does',
    async () => (await import('./help.ts')).serve,
  ),
  entry(
    'test-server',
    'Start a server for a test suite in any language',
    async () => (await import('./help.ts')).testServer,
  ),
  entry('tenants', 'Manage tenants', async () => (await import('./tenants.ts')).tenants),
  entry('tokens', 'Manage the access tokens of a tenant', async () => (await import('./tokens.ts')).tokens),
  entry(
    'issuers',
    'Manage the issuers whose JWTs a tenant accepts',
    async () => (await import('./issuers.ts')).issuers,
  ),
  entry(
    'clients',
    'Manage the clients of the token endpoint of a tenant',
    async () => (await import('./clients.ts')).clients,
  ),
  entry(
    'keys',
    'Manage the access keys of a tenant for the AWS APIs',
    async () => (await import('./keys.ts')).keys,
  ),
  entry(
    'users',
    'List the users of a tenant, including deleted ones, and their history',
    async () => (await import('./identities.ts')).users,
  ),
  entry(
    'groups',
    'List the groups of a tenant, including deleted ones, and their history',
    async () => (await import('./identities.ts')).groups,
  ),
  entry(
    'why [options] <name>',
    'Explain why a user or a group is active, disabled, deleted or missing, with the requests that did it',
    async () => (await import('./why.ts')).why,
  ),
  entry('stale', 'List stale identities; purge deleted ones', async () => (await import('./stale.ts')).stale),
  entry(
    'access',
    'Show who has access to which AWS account, through which group and assignment',
    async () => (await import('./access.ts')).access,
  ),
  entry(
    'sign-in',
    'Show whether AWS would let users sign in, and check a SAML response',
    async () => (await import('./sign-in.ts')).signIn,
  ),
  entry(
    'overview [options]',
    'Show the health of the provisioning job, the newest cycle and what fails',
    async () => (await import('./overview.ts')).overview,
  ),
  entry(
    'journal',
    'Search, show and export recorded requests',
    async () => (await import('./journal.ts')).journal,
  ),
  entry(
    'cycles',
    'List cycles, and show what they changed and how fast their requests came',
    async () => (await import('./cycles.ts')).cycles,
  ),
  entry(
    'findings',
    'List problems found in requests, and how to fix them; mute known ones',
    async () => (await import('./findings.ts')).findings,
  ),
  entry(
    'session',
    'Export requests, cycles, findings and directory as one file; open and replay it',
    async () => (await import('./session-file.ts')).sessionFile,
  ),
  entry('faults', 'Inject faults', async () => (await import('./faults.ts')).faults),
  entry(
    'setup [options]',
    'Show how to connect an identity provider, with completed and next steps',
    async () => (await import('./setup.ts')).setup,
  ),
  entry(
    'sample [options]',
    'Provision a sample directory into a tenant, as Entra ID would',
    async () => (await import('./setup.ts')).sample,
  ),
  entry(
    'reconcile [options] <file>',
    'Compare an Entra ID export with a tenant; exit code 1 if they differ',
    async () => (await import('./reconcile.ts')).reconcile,
  ),
  entry(
    'preflight [options] <files...>',
    'Check a directory before it is provisioned; exit code 1 if something would fail',
    async () => (await import('./preflight.ts')).preflight,
  ),
  entry(
    'import',
    'Import an AWS directory as a tenant',
    async () => (await import('./import.ts')).importDirectory,
  ),
  entry(
    'rehearse [options] <target> <source...>',
    'Rehearse a change of the identity provider of an AWS directory; exit code 1 if people lose access',
    async () => (await import('./rehearse.ts')).rehearse,
  ),
  entry(
    'drift [options] <target> [source...]',
    'Compare an AWS directory with its identity provider; exit code 1 if they differ',
    async () => (await import('./drift.ts')).drift,
  ),
  entry(
    'clock',
    'Show or advance the virtual clock of a tenant',
    async () => (await import('./clock.ts')).clock,
  ),
  entry(
    'snapshot',
    'Save and restore snapshots of all tenants; tokens and journal are not affected',
    async () => (await import('./snapshots.ts')).snapshot,
  ),
  entry(
    'reset [options]',
    'Delete all data and reset the clock; keep tokens',
    async () => (await import('./server.ts')).reset,
  ),
  entry(
    'compact',
    'Compact the database: return unused space to the file system',
    async () => (await import('./server.ts')).compact,
  ),
  entry(
    'backup [options] <file>',
    'Back up the database to a file, while servers run',
    async () => (await import('./backup.ts')).backup,
  ),
  entry(
    'restore [options] <file>',
    'Restore the database from a backup, while no server runs',
    async () => (await import('./backup.ts')).restore,
  ),
  entry(
    'migrate [options]',
    'Create or upgrade the tables in PostgreSQL, without starting the server',
    async () => (await import('./databases.ts')).migrate,
  ),
  entry(
    'move [options]',
    'Copy a SQLite database into an empty schema of PostgreSQL; snapshots are not copied',
    async () => (await import('./databases.ts')).move,
  ),
  entry('settings', 'Show server settings and storage', async () => (await import('./server.ts')).settings),
  entry(
    'console-tokens',
    'Manage the tokens of scripts that use the console',
    async () => (await import('./console-tokens.ts')).consoleTokens,
  ),
  entry('audit', 'Show who changed what at the console', async () => (await import('./audit.ts')).audit),
  entry(
    'webhooks',
    'List webhooks and send test events',
    async () => (await import('./webhooks.ts')).webhooks,
  ),
  entry(
    'sessions',
    'List and end the sessions of people who signed in to the console',
    async () => (await import('./sessions.ts')).sessions,
  ),
  entry('ready [options]', 'Check readiness', async () => (await import('./server.ts')).ready),
  entry(
    'entra',
    'Simulate Entra ID provisioning',
    async () => (await import('./entra/command.ts')).addEntraCommands,
  ),
  entry(
    'okta',
    'Simulate Okta provisioning',
    async () => (await import('./okta/command.ts')).addOktaCommands,
  ),
  entry(
    'google',
    'Simulate Google Workspace provisioning',
    async () => (await import('./google/command.ts')).addGoogleCommands,
  ),
  entry(
    'mcp [options]',
    'Let an assistant such as Claude or Copilot read the server, over stdio (MCP)',
    async () => (await import('./mcp/command.ts')).mcp,
  ),
  entry(
    'check [args...]',
    'Test any SCIM server for compliance',
    async () => (await import('./check.ts')).check,
  ),
  entry(
    'replay [options] <file> <url>',
    'Send recorded requests to any SCIM server; exit code 1 if responses differ',
    async () => (await import('./replay.ts')).replay,
  ),
  entry(
    'proxy [options] <upstream>',
    "Record a client's requests to a SCIM server, such as AWS; only reads are forwarded",
    async () => (await import('./proxy.ts')).proxy,
  ),
  entry(
    'recording',
    "Prepare and check recordings of a client's requests",
    async () => (await import('./recording.ts')).recording,
  ),
  entry(
    'completion <shell>',
    'Print a script that completes commands, options and values in a shell',
    async () => (await import('./completion.ts')).completion,
  ),
  entry('commands', 'List all commands with what they do', async () => (await import('./help.ts')).commands),
  entry('complete [words...]', '', async () => (await import('./completion.ts')).complete),
]

export const nameOf = ({ usage }: Entry): string => usage.split(' ', 1)[0] ?? usage

/** The first argument after the global options. `--console-token` is also a setting of the server. */
export function firstCommandWord(args: readonly string[]): string | undefined {
  const [first, , ...rest] = args
  if (first === '--console' || first === '--console-token') return firstCommandWord(rest)
  if (first !== undefined && /^--((json|wide)$|console=|console-token=)/.test(first)) {
    return firstCommandWord(args.slice(1))
  }
  return first
}
