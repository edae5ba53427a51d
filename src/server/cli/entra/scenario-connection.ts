import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import {
  type RequestedCredentials,
  tokenRequester,
} from '../../../provisioning/entra/credentials/create-credentials.ts'
import { rotationUrl } from '../../../provisioning/entra/credentials/microsoft.ts'
import type { EntraSettings } from '../../../provisioning/entra/settings.ts'
import { httpEndpoint, httpTarget } from '../../../provisioning/kit/http-target.ts'
import type { Complete } from '../../../provisioning/kit/job-file.ts'
import type { ScenarioOptions, SecretRotation } from '../../../provisioning/scenario/context.ts'
import { type ApiClient, fetchItems } from '../api-client.ts'
import { CliError } from '../cli-error.ts'
import { createSession } from '../session.ts'

type Console = { readonly api: ApiClient; readonly tenant: string }

/** Undefined unless --console is given. */
export function consoleOf(command: Command, url: string, tenant: string | undefined): Console | undefined {
  if (command.getOptionValueSourceWithGlobals('console') === 'default') return undefined
  const [first = ''] = new URL(url).pathname.split('/').filter(Boolean)
  return { api: createSession(command).api, tenant: tenant ?? first }
}

export function connectionOf(
  { url, credentials, timeout, keepFlagInQuery }: Complete<EntraSettings, 'url' | 'credentials'>,
  console: Console | undefined,
): Pick<ScenarioOptions, 'target' | 'rotateKeys' | 'secrets' | 'listMembers' | 'advanceClock'> {
  const endpoint = { tenantUrl: url, timeout, keepFlagInQuery }
  const hooks = console ? consoleHooks(console) : {}
  if (credentials.auth === 'secret-token')
    return { target: httpTarget({ ...endpoint, token: credentials.token }), ...hooks }
  let settings: RequestedCredentials = credentials
  return {
    target: {
      send: httpEndpoint(endpoint),
      requestToken: () => tokenRequester(settings, { timeout })(),
      refreshOn401: credentials.refreshOn401,
    },
    ...hooks,
    ...('issuer' in credentials && { rotateKeys: () => rotateKeys(credentials.issuer) }),
    ...(console &&
      credentials.auth === 'client-credentials' && {
        secrets: secretRotation(console, credentials.clientId, clientSecret => {
          settings = { ...credentials, clientSecret }
        }),
      }),
  }
}

/** The console lists members of groups whose profile never returns them over SCIM. */
const consoleHooks = ({ api, tenant }: Console): Pick<ScenarioOptions, 'listMembers' | 'advanceClock'> => ({
  async listMembers(group) {
    const params = { tenant, id: group }
    const key = 'GET /tenants/:tenant/groups/:id/members'
    const { items } = await fetchItems(api.call, key, { params }, Number.POSITIVE_INFINITY)
    return items.map(member => member.id)
  },
  async advanceClock(milliseconds) {
    await api.call('PUT /tenants/:tenant/clock', {
      params: { tenant },
      body: { advance: `${Math.round(milliseconds / 1000)}s` },
    })
  },
})

function secretRotation(
  { api, tenant }: Console,
  client: string,
  use: (secret: string) => void,
): SecretRotation {
  const params = { tenant, client }
  let current: string | undefined
  return {
    async create() {
      const { id, value } = await api.call('POST /tenants/:tenant/clients/:client/secrets', { params })
      current = id
      use(value)
    },
    async deleteOld() {
      const { secrets } = await api.call('GET /tenants/:tenant/clients/:client', { params })
      for (const { id } of secrets.filter(secret => secret.id !== current)) {
        await api.call('DELETE /tenants/:tenant/clients/:client/secrets/:secret', {
          params: { ...params, secret: id },
        })
      }
    },
  }
}

/** How often a server fetches the keys of an issuer on loopback at most. */
const fetchInterval = 1000

async function rotateKeys(issuer: string): Promise<void> {
  const url = rotationUrl(issuer)
  const { ok } = await fetch(url, { method: 'POST' }).catch(() => ({ ok: false }))
  if (!ok) throw new CliError(`Can't rotate the keys: ${url} must be \`scimulator entra issuer\`.`)
  await setTimeout(fetchInterval)
}
