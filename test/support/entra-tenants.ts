import type { Test } from 'tap'
import { httpTarget } from '../../src/entra/http-target.ts'
import type { Target } from '../../src/entra/target.ts'
import { createServer } from '../../src/index.ts'
import type { ProfileName } from '../../src/profiles/names.ts'

export type TenantOfTest = {
  readonly id: string
  /** The tenant URL. */
  readonly url: string
  readonly token: string
  readonly target: Target
  /** Ids of a group's members, from the console. */
  listMembers(group: string): Promise<readonly string[]>
  advanceClock(milliseconds: number): Promise<void>
  /** What the console's API answers below the tenant. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever JSON came back
  fromConsole(path: string): Promise<any>
}

/** Makes tenants of one server in this process, as many as a test wants; they share nothing. */
export async function tenantMaker(
  t: Pick<Test, 'teardown'>,
): Promise<(profile: ProfileName) => Promise<TenantOfTest>> {
  const server = await createServer({ tenant: 'first' })
  t.teardown(() => server.close())
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${server.console}/api/v1/tenants${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.json()
  }
  let count = 0
  return async profile => {
    const id = `tenant-${++count}`
    await ask('POST', '', { id, profile })
    const { value: token } = (await ask('POST', `/${id}/tokens`, {})) as { value: string }
    const url = server.url.replace('/first/', `/${id}/`)
    return {
      id,
      url,
      token,
      target: httpTarget({ tenantUrl: url, token }),
      listMembers: async group => {
        const { items } = (await ask('GET', `/${id}/groups/${group}/members?limit=200`)) as {
          items: { id: string }[]
        }
        return items.map(member => member.id)
      },
      advanceClock: async milliseconds => {
        await ask('PUT', `/${id}/clock`, { advance: `${milliseconds / 1000}s` })
      },
      fromConsole: path => ask('GET', `/${id}${path}`),
    }
  }
}
