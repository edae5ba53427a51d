import type { Noun } from './noun.ts'

type Entry = {
  /** As the help of the program shows it: the name, `[options]` if the command itself has some, and its arguments. */
  readonly usage: string
  readonly summary: string
  readonly isHidden?: true
  /** Each noun is a module of its own, so that a command loads only what it runs. */
  readonly load: () => Promise<Noun>
}

/** The commands of the program, in the order of `--help`. */
export const nouns: readonly Entry[] = [
  {
    usage: 'serve',
    summary: 'Start the server, as `scimulator` alone does',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    usage: 'test-server',
    summary: 'Start a server for a test suite in any language',
    load: async () => (await import('./serve.ts')).testServer,
  },
  {
    usage: 'tenants',
    summary: 'Manage tenants',
    load: async () => (await import('./tenants.ts')).tenants,
  },
  {
    usage: 'tokens',
    summary: 'Manage the access tokens of a tenant',
    load: async () => (await import('./tokens.ts')).tokens,
  },
  {
    usage: 'issuers',
    summary: 'Manage the issuers whose JWTs a tenant accepts',
    load: async () => (await import('./issuers.ts')).issuers,
  },
  {
    usage: 'clients',
    summary: 'Manage the clients of the token endpoint of a tenant',
    load: async () => (await import('./clients.ts')).clients,
  },
  {
    usage: 'keys',
    summary: 'Manage the access keys of a tenant for the AWS APIs',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    usage: 'users',
    summary: 'List the users of a tenant, including deleted ones, and their history',
    load: async () => (await import('./identities.ts')).users,
  },
  {
    usage: 'groups',
    summary: 'List the groups of a tenant, including deleted ones, and their history',
    load: async () => (await import('./identities.ts')).groups,
  },
  {
    usage: 'why [options] <name>',
    summary:
      'Explain why a user or a group is active, disabled, deleted or missing, with the requests that did it',
    load: async () => (await import('./why.ts')).why,
  },
  {
    usage: 'stale',
    summary: 'List stale identities; purge deleted ones',
    load: async () => (await import('./stale.ts')).stale,
  },
  {
    usage: 'access',
    summary: 'Show who has access to which AWS account, through which group and assignment',
    load: async () => (await import('./access.ts')).access,
  },
  {
    usage: 'sign-in',
    summary: 'Show whether AWS would let users sign in, and check a SAML response',
    load: async () => (await import('./sign-in.ts')).signIn,
  },
  {
    usage: 'overview [options]',
    summary: 'Show the health of the provisioning job, the newest cycle and what fails',
    load: async () => (await import('./overview.ts')).overview,
  },
  {
    usage: 'journal',
    summary: 'Search, show and export recorded requests',
    load: async () => (await import('./journal.ts')).journal,
  },
  {
    usage: 'cycles',
    summary: 'List cycles, and show what they changed and how fast their requests came',
    load: async () => (await import('./cycles.ts')).cycles,
  },
  {
    usage: 'findings',
    summary: 'List problems found in requests, and how to fix them; mute known ones',
    load: async () => (await import('./findings.ts')).findings,
  },
  {
    usage: 'session',
    summary: 'Export requests, cycles, findings and directory as one file; open and replay it',
    load: async () => (await import('./session-file.ts')).sessionFile,
  },
  {
    usage: 'faults',
    summary: 'Inject faults',
    load: async () => (await import('./faults.ts')).faults,
  },
  {
    usage: 'setup [options]',
    summary: 'Show how to connect an identity provider, with completed and next steps',
    load: async () => (await import('./setup.ts')).setup,
  },
  {
    usage: 'sample [options]',
    summary: 'Provision a sample directory into a tenant, as Entra ID would',
    load: async () => (await import('./setup.ts')).sample,
  },
  {
    usage: 'reconcile [options] <file>',
    summary: 'Compare an Entra ID export with a tenant; exit code 1 if they differ',
    load: async () => (await import('./reconcile.ts')).reconcile,
  },
  {
    usage: 'preflight [options] <files...>',
    summary: 'Check a directory before it is provisioned; exit code 1 if something would fail',
    load: async () => (await import('./preflight.ts')).preflight,
  },
  {
    usage: 'clock',
    summary: 'Show or advance the virtual clock of a tenant',
    load: async () => (await import('./clock.ts')).clock,
  },
  {
    usage: 'snapshot',
    summary: 'Save and restore snapshots of all tenants; tokens and journal are not affected',
    load: async () => (await import('./snapshots.ts')).snapshot,
  },
  {
    usage: 'reset [options]',
    summary: 'Delete all data and reset the clock; keep tokens',
    load: async () => (await import('./server.ts')).reset,
  },
  {
    usage: 'compact',
    summary: 'Compact the database: return unused space to the file system',
    load: async () => (await import('./server.ts')).compact,
  },
  {
    usage: 'migrate [options]',
    summary: 'Create or upgrade the tables in PostgreSQL, without starting the server',
    load: async () => (await import('./databases.ts')).migrate,
  },
  {
    usage: 'move [options]',
    summary: 'Copy a SQLite database into an empty schema of PostgreSQL; snapshots are not copied',
    load: async () => (await import('./databases.ts')).move,
  },
  {
    usage: 'settings',
    summary: 'Show server settings and storage',
    load: async () => (await import('./server.ts')).settings,
  },
  {
    usage: 'console-tokens',
    summary: 'Manage the tokens of scripts that use the console',
    load: async () => (await import('./console-tokens.ts')).consoleTokens,
  },
  {
    usage: 'audit',
    summary: 'Show who changed what at the console',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    usage: 'webhooks',
    summary: 'List webhooks and send test events',
    load: async () => (await import('./webhooks.ts')).webhooks,
  },
  {
    usage: 'sessions',
    summary: 'List and end the sessions of people who signed in to the console',
    load: async () => (await import('./sessions.ts')).sessions,
  },
  {
    usage: 'ready [options]',
    summary: 'Check readiness',
    load: async () => (await import('./server.ts')).ready,
  },
  {
    usage: 'entra',
    summary: 'Simulate Entra ID provisioning',
    load: async () => (await import('./entra/command.ts')).addEntraCommands,
  },
  {
    usage: 'okta',
    summary: 'Simulate Okta provisioning',
    load: async () => (await import('./okta/command.ts')).addOktaCommands,
  },
  {
    usage: 'google',
    summary: 'Simulate Google Workspace provisioning',
    load: async () => (await import('./google/command.ts')).addGoogleCommands,
  },
  {
    usage: 'check [args...]',
    summary: 'Test any SCIM server for compliance',
    load: async () => (await import('./check.ts')).check,
  },
  {
    usage: 'replay [options] <file> <url>',
    summary: 'Send recorded requests to any SCIM server; exit code 1 if responses differ',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    usage: 'recording',
    summary: "Prepare and check recordings of a client's requests",
    load: async () => (await import('./recording.ts')).recording,
  },
  {
    usage: 'completion <shell>',
    summary: 'Print a script that completes commands and options in a shell',
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    usage: 'complete [words...]',
    summary: '',
    isHidden: true,
    load: async () => (await import('./completion.ts')).complete,
  },
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
