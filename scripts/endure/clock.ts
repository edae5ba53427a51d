import { bystanderFigure, startBystander } from './bystander.ts'
import { type Client, createClient, groupBody, patchOp, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { serve } from './server.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const concurrency = 8
const clockFile = new URL('shifting-clock.ts', import.meta.url).href

/** Creates, modifies and reads users, and checks the times in responses. */
async function provision(client: Client, group: string, hand: number, until: number): Promise<number> {
  let responses = 0
  const callApi = async (method: string, path: string, body?: unknown) => {
    const response = await client.callApi(method, path, body)
    require(response.status < 300, `${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`)
    responses++
    return response.body
  }
  for (let at = 0; performance.now() < until; at++) {
    const made = await callApi('POST', '/Users', userBody(`t-${hand}-${at}`))
    require(made.meta.created === made.meta.lastModified, 'lastModified of a new user differs from created')
    const path = `/Users/${made.id}`
    const changed = await callApi('PATCH', path, patchOp({ op: 'replace', path: 'title', value: `t ${at}` }))
    require(changed.meta.created === made.meta.created, 'created has changed')
    require(changed.meta.version !== made.meta.version, 'a change did not create a version')
    await callApi(
      'PATCH',
      `/Groups/${group}`,
      patchOp({ op: 'add', path: 'members', value: [{ value: made.id }] }),
    )
    const read = await callApi('GET', path)
    require(read.title === `t ${at}`, 'a change is missing')
    const page = await callApi('GET', '/Users?count=2&cursor=')
    if (page.nextCursor) await client.callApi('GET', `/Users?count=2&cursor=${page.nextCursor}`)
  }
  return responses
}

export const clock: Trial = {
  id: 'clock',
  title: 'A clock that jumps',
  statement:
    'While the system clock jumps back and forth by up to ten days, ten times a second, every response is correct, versions and history stay in order, and nothing is lost.',
  run: async ({ folder, size }) => {
    const file = `${folder}/scimulator.db`
    const server = await serve(file, { nodeFlags: ['--import', clockFile] })
    const client = createClient(server.base, concurrency)
    const bystander = await startBystander(server.base)
    const group = await client.callApi('POST', '/Groups', groupBody('all users'))
    const until = performance.now() + size(2, 60) * 1000
    const lanes = Array.from({ length: concurrency }, (_, hand) =>
      provision(client, group.body.id, hand, until),
    )
    const responses = (await Promise.all(lanes)).reduce((sum, one) => sum + one, 0)
    const bystanding = await bystander.stop()
    client.close()
    await server.end()
    const backwards = inspect(file, db => {
      requireConsistent(db, 'after the jumps')
      const earlier = `
        select count(*) from versions later join versions before
          on before.resource_key = later.resource_key and before.version = later.version - 1
        where later.moment < before.moment`
      require(db.prepare(earlier).pluck().get() === 0, 'a version is older than its predecessor')
      return db
        .prepare<[], number>('select count(*) from resources where last_modified < created')
        .pluck()
        .get()
    })
    return [
      ['responses, all correct', number(responses)],
      bystanderFigure(bystanding),
      ['resources with lastModified before created', number(backwards ?? 0)],
    ]
  },
}
