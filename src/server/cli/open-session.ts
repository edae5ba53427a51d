import { once } from 'node:events'
import { constants, openAsBlob } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Tenant } from '../../domain/contract/tenants.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { printable } from './output.ts'
import type { Session } from './session.ts'
import { withTemporaryServer } from './temporary-server.ts'

type Options = {
  readonly file: string
  readonly id: string | undefined
  readonly temporary: true | undefined
}

/** Milliseconds to find out whether a server is running. */
const probeTimeout = 2000

export async function openSessionFile({ file, id, temporary }: Options, session: Session): Promise<void> {
  const content = await readFile(file)
  const { url, isDefault } = session.console
  if (!temporary && (!isDefault || (await isRunning(session.api)))) {
    report(session, await open(session.api, content, id), url)
    return
  }
  await withTemporaryServer({}, async server => {
    const api = createApiClient({ url: server.console })
    const tenant = await open(api, content, id)
    await api.call('DELETE /tenants/:tenant', { params: { tenant: server.tenant } })
    report(session, tenant, server.console)
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
