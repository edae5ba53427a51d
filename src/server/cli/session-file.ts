import { once } from 'node:events'
import { constants, openAsBlob } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Tenant } from '../../domain/contract/tenants.ts'
import type { TestServer } from '../../index.ts'
import { type ProfileName, profileNames } from '../../profiles/names.ts'
import { wrongUse } from './cli-error.ts'
import { does, noun } from './noun.ts'
import { choice, tenant, text, toggle } from './options.ts'
import { printable } from './output.ts'
import { replayTo, timeout, token } from './replay.ts'
import { saveExport } from './save-export.ts'
import { type ApiClient, createApiClient, resolveTenant, type Session } from './session.ts'

type Options = {
  readonly file: string
  readonly id: string | undefined
  readonly temporary: true | undefined
}

/** Milliseconds to find out whether a server is running. */
const probeTimeout = 2000

async function openSessionFile({ file, id, temporary }: Options, session: Session): Promise<void> {
  const content = await readFile(file)
  await onServer(temporary, session, async (api, url) => report(session, await open(api, content, id), url))
}

/** Uses the server of --console. If none runs there by default, or with `temporary`, uses one in memory until Ctrl-C. */
export async function onServer(
  temporary: true | undefined,
  session: Session,
  use: (api: ApiClient, console: string) => Promise<void>,
): Promise<void> {
  const { url, isDefault } = session.console
  if (!temporary && (!isDefault || (await isRunning(session.api)))) return use(session.api, url)
  await withTemporaryServer({}, async server => {
    const api = createApiClient({ url: server.console })
    await api.call('DELETE /tenants/:tenant', { params: { tenant: server.tenant } })
    await use(api, server.console)
    if (!session.json) process.stdout.write('The server keeps it in memory, until Ctrl-C.\n')
    await stopped()
  })
}

async function readFile(file: string): Promise<Blob> {
  try {
    await access(file, constants.R_OK)
    return await openAsBlob(file, { type: 'text/html' })
  } catch (error) {
    throw wrongUse(`Cannot read ${file} (${(error as NodeJS.ErrnoException).code}).`)
  }
}

const open = (api: ApiClient, content: Blob, id: string | undefined): Promise<Tenant> =>
  api.call('POST /tenants/open-session', { query: { id }, body: content })

const isRunning = (api: ApiClient): Promise<boolean> =>
  api.ready(AbortSignal.timeout(probeTimeout)).then(
    () => true,
    () => false,
  )

function report({ show }: Session, tenant: Tenant, console: string): void {
  const address = `${console}/activity?q=tenant:${encodeURIComponent(tenant.id)}`
  const exported = tenant.session?.exported ?? ''
  show(
    { ...tenant, page: address },
    `${printable(`Opened the session of ${tenant.session?.tenant} from ${exported} as tenant ${tenant.id}, read-only.`)}\n${address}\n`,
  )
}

const stopped = (): Promise<unknown> => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])

export const sessionFile = noun([
  does(
    'export <file> [query...]',
    'Export a session as an HTML file that a browser opens without a server',
    {
      flags: { tenant },
      help: '\nA query selects the requests, as in `scimulator journal list`; everything else is always complete.',
    },
    async ({ file, query, ...named }, session) => {
      const params = { tenant: await resolveTenant(session.api, named.tenant) }
      const q = query.length === 0 ? {} : { q: query.join(' ') }
      await saveExport(session, 'GET /tenants/:tenant/session', { params, query: q }, file)
    },
  ),
  does(
    'open <file>',
    'Open a session file in the console, as a read-only tenant',
    {
      flags: {
        id: text('id', 'ID of the tenant (default: <exported tenant>-session)'),
        temporary: toggle('Use a server in memory for it, even if one is running'),
      },
      help: '\nIf no server is running and --console is not set, a server in memory is started until Ctrl-C.',
    },
    openSessionFile,
  ),
  does(
    'replay <file>',
    'Send the requests of a session to another server; exit code 1 if responses differ',
    {
      flags: {
        url: text('url', 'Base URL of the SCIM server, which the requests change'),
        token,
        profile: choice(profileNames, 'Use a temporary server with this profile', 'name'),
        timeout,
      },
    },
    async ({ file, url, token, profile, timeout }, { json }) => {
      if ((url === undefined) === (profile === undefined)) {
        throw wrongUse('Specify the server with --url, or a profile of a temporary server with --profile.')
      }
      if (url !== undefined) return replayTo(file, { url, timeout, ...(token && { token }) }, json)
      await withTemporaryServer({ profile }, server =>
        replayTo(file, { url: server.url, token: server.token, timeout }, json),
      )
    },
  ),
])

async function withTemporaryServer<Result>(
  { profile }: { readonly profile?: ProfileName | undefined },
  job: (server: TestServer) => Promise<Result>,
): Promise<Result> {
  // Other commands do not load the server.
  const { createServer } = await import('../../index.ts')
  const server = await createServer(profile === undefined ? {} : { profile })
  try {
    return await job(server)
  } finally {
    await server.close()
  }
}
