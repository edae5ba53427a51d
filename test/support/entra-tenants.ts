import type { Test } from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import type { Target } from '../../src/provisioning/kit/target.ts'
import { createServer } from './test-server.ts'

export type TenantOfTest = {
  readonly id: string
  /** The tenant URL. */
  readonly url: string
  /** The URL of the console. */
  readonly console: string
  readonly token: string
  readonly target: Target
  /** Ids of a group's members, from the console. */
  listMembers(group: string): Promise<readonly string[]>
  advanceClock(milliseconds: number): Promise<void>
  /** Returns the response of the console's API below the tenant. */
  // biome-ignore lint/suspicious/noExplicitAny: a response is any JSON
  fromConsole(path: string): Promise<any>
  /** Calls the console's API below the tenant. */
  call(method: string, path: string, body?: object): Promise<unknown>
}

/** Creates independent tenants of one server in this process. */
export async function tenantMaker(
  t: Pick<Test, 'teardown'>,
): Promise<(profile: ProfileName) => Promise<TenantOfTest>> {
  const server = await createServer({ tenant: 'first' })
  t.teardown(() => server.close())
  const callApi = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.console}/api/v1/tenants${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.status === 204 ? undefined : response.json()
  }
  let count = 0
  return async profile => {
    const id = `tenant-${++count}`
    await callApi('POST', '', { id, profile })
    const { value: token } = (await callApi('POST', `/${id}/tokens`, {})) as { value: string }
    const url = server.url.replace('/first/', `/${id}/`)
    return {
      id,
      url,
      console: server.console,
      token,
      target: httpTarget({ tenantUrl: url, token }),
      listMembers: async group => {
        const { items } = (await callApi('GET', `/${id}/groups/${group}/members?limit=200`)) as {
          items: { id: string }[]
        }
        return items.map(member => member.id)
      },
      advanceClock: async milliseconds => {
        await callApi('PUT', `/${id}/clock`, { advance: `${milliseconds / 1000}s` })
      },
      fromConsole: path => callApi('GET', `/${id}${path}`),
      call: (method, path, body) => callApi(method, `/${id}${path}`, body),
    }
  }
}
