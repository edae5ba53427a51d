import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { readRecordingSource } from '../../src/traffic/recordings/read.ts'
import { reviewRecording } from '../../src/traffic/recordings/recording.ts'
import { createSender } from '../../src/traffic/replay/http-sender.ts'
import { replay } from '../../src/traffic/replay/replay.ts'
import { createServer } from '../support/test-server.ts'

const folder = new URL('recordings/', import.meta.url)

/** What AWS responds to each request, by the name of the recording. */
const atAws: Readonly<Record<string, readonly string[]>> = {
  // OC-401
  authentik: [
    'read the configuration: 200',
    'look up a user: 400',
    'create a group: 201',
    'update the group: 400',
  ],
  // OC-203 OC-205
  google: ['activate: 200', 'look up a user: 200', 'create a user: 201'],
  // OC-301 OC-302
  jumpcloud: ['create a user: 201', 'update the user: 400'],
  // OC-120 OC-144
  okta: [
    'test the connection: users: 200',
    'test the connection: groups: 200',
    'look up a user: 200',
    'create a user: 201',
    'read the user before an update: 200',
    'update the user: 200',
    'look up a group: 200',
    'create a group: 201',
    'add a member: 204',
    'rename the group after a change of members: 204',
    'remove a member: 204',
    'deactivate the user: 200',
    'push now: 400 instead of 204',
  ],
}

t.test('the recordings of products get the responses of AWS', async t => {
  await using server = await createServer({ profile: 'aws', token: 'token-of-aws' })
  const send = createSender({ url: server.url, token: 'token-of-aws', timeout: 30_000 })
  const found: Record<string, readonly string[]> = {}
  for (const file of readdirSync(folder).sort()) {
    const { requests } = readRecordingSource(readFileSync(new URL(file, folder), 'utf8'))
    const results: string[] = []
    for await (const { recorded, result } of replay(requests, send)) {
      if (result.kind !== 'response') throw new Error(JSON.stringify(result))
      const [status] = result.differences
      const expected = status?.kind === 'status' ? ` instead of ${status.recorded}` : ''
      results.push(`${recorded.name}: ${result.status}${expected}`)
      if (status?.kind !== 'status')
        t.same([result.differences, result.unknownIds], [[], []], `${recorded.name}`)
    }
    found[file.replace('.jsonl', '')] = results
  }
  t.same(found, atAws)
})

t.test('the recordings are complete, have no real addresses, and claim no capture', async t => {
  for (const file of readdirSync(folder)) {
    const { provenance, requests } = readRecordingSource(readFileSync(new URL(file, folder), 'utf8'))
    if (provenance === undefined) throw new Error(file)
    t.match(
      reviewRecording({ provenance, requests }),
      { byCertainty: { captured: 0 }, lacks: [], addresses: [] },
      file,
    )
  }
})
