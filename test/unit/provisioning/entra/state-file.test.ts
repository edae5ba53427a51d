import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { entraState, type JobState, openStateFile } from '../../../../src/provisioning/entra/job/job-state.ts'
import { openLogFile, readLogFile, toAuditEntry } from '../../../../src/provisioning/entra/job/log.ts'
import { googleState } from '../../../../src/provisioning/google/job/changes.ts'
import { StateError } from '../../../../src/provisioning/kit/state-file.ts'
import { oktaState } from '../../../../src/provisioning/okta/job/changes.ts'

const filled = (state: JobState) => {
  state.watermark = 1
  state.configuration = 'abc'
  state.nextCycleAt = 2
  state.lastCycle = { cycleId: 'c', ending: 'completed', endedAt: 1 }
  state.quarantine = {
    reason: 'TooManyDeletes',
    currentBegan: 1,
    seriesBegan: 1,
    seriesCount: 1,
    nextAttempt: 2,
    error: { code: 'TooManyDeletes', message: 'Too many.' },
  }
  const escrow = {
    attempts: 1,
    since: 1,
    nextAttempt: 2,
    errorCode: 'Timeout',
    reason: 'Late.',
    waitsFor: ['u2'],
  }
  state.objects.set('u1', {
    kind: 'user',
    name: 'marge',
    managed: true,
    target: 't1',
    fingerprint: 'f',
    manager: 'u2',
    escrow,
  })
  state.objects.set('g1', {
    kind: 'group',
    name: 'Bowlers',
    managed: true,
    references: escrow,
    members: new Set(['u1', 'u2']),
    uncertainMembers: new Set(['u2', 'u4']),
    passedOver: new Set(['u3']),
  })
}

t.test('the saved state is read', async t => {
  const path = join(t.testdir(), 'job.json')
  const first = await openStateFile(path)
  filled(first.state)
  await first.close()
  const second = await openStateFile(path)
  t.same(second.state, first.state)
  t.same([...(second.state.objects.get('g1')?.members ?? [])], ['u1', 'u2'])
  await second.close()
})

const attempt = { step: 'update', cause: { kind: 'status', status: 503 }, at: 3, attempts: 2 }

/** The state files of earlier versions, whole. */
const earlier = {
  entra: {
    version: 1,
    deletionsAllowed: false,
    objects: {
      g1: { kind: 'group', name: 'Ops', managed: true, target: 't1', members: ['u1'], uncertainMembers: [] },
    },
    tenantUrl: 'http://127.0.0.1:8080/acme/scim/v2',
    watermark: 1,
    lastCycle: { cycleId: 'c', ending: 'completed', endedAt: 2 },
    nextCycleAt: 3,
  },
  okta: {
    version: 1,
    clock: 5,
    url: 'http://127.0.0.1:8080/acme/scim/v2',
    imported: { at: 4, groups: { Ops: 't2' } },
    assigned: ['u1'],
    pushed: ['g1'],
    users: { u1: { name: 'Ada', login: 'ada@example.com', target: 't1', active: true, fingerprint: 'f' } },
    groups: {
      g1: {
        name: 'Ops',
        members: { u1: { value: 't1', display: 'ada@example.com' } },
        leftOut: ['u2'],
        failed: 'push f',
        task: { ...attempt, step: 'group update' },
      },
    },
  },
  google: {
    version: 1,
    clock: 5,
    lastRunAt: 4,
    people: {
      p1: { email: 'ada@example.com', target: 't1', sent: { active: true }, failure: attempt },
      p2: { email: 'bo@example.com', out: { why: 'suspended', since: 2 } },
    },
  },
}

t.test('the files of earlier versions are read, and saved as they were', async t => {
  const folder = t.testdir()
  for (const [name, { openStateFile }] of Object.entries({
    entra: entraState,
    okta: oktaState,
    google: googleState,
  })) {
    const path = join(folder, `${name}.json`)
    const file = earlier[name as keyof typeof earlier]
    writeFileSync(path, JSON.stringify(file))
    await (await openStateFile(path)).close()
    t.strictSame(JSON.parse(readFileSync(path, 'utf8')), file, name)
  }
})

t.test('concurrent saves leave the last state', async t => {
  const path = join(t.testdir(), 'job.json')
  const file = await openStateFile(path)
  const saves = Array.from({ length: 20 }, (_, watermark) => {
    file.state.watermark = watermark
    return file.save()
  })
  await Promise.all(saves)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { watermark: 19 })
  await file.close()
})

t.test('the state is locked, and the lock of a process that has ended is taken over', async t => {
  const path = join(t.testdir(), 'job.json')
  const file = await openStateFile(path)
  await t.rejects(openStateFile(path), {
    name: 'StateError',
    message: `The state file ${path} is in use by process ${process.pid}.`,
  })
  await file.close()
  t.notOk(existsSync(`${path}.lock`))
  // No system has a process with this id.
  writeFileSync(`${path}.lock`, '2147483646')
  await (await openStateFile(path)).close()
})

t.test('a file that is not a state is rejected and left unchanged', async t => {
  const objects = { u1: { kind: 'robot', name: 'x', managed: true } }
  for (const [text, message] of [
    [
      '{"version":1,',
      /is not valid JSON: line 1, column 14: unexpected end of the text\. Restore it from a copy or delete it/,
    ],
    ['', /is not valid JSON: line 1, column 1: /],
    ['[]', /is not the state of a provisioning job/],
    [
      JSON.stringify({ version: 1, deletionsAllowed: false, objects }),
      /is not the state of a provisioning job: objects\.u1\.kind/,
    ],
  ] as const) {
    const path = join(t.testdir(), 'job.json')
    writeFileSync(path, text)
    await t.rejects(openStateFile(path), { name: 'StateError', message })
    t.equal(readFileSync(path, 'utf8'), text)
    t.notOk(existsSync(`${path}.lock`), 'the lock is released')
  }
  t.ok(new StateError('x') instanceof Error)
})

t.test('a missing folder is reported', async t => {
  await t.rejects(openStateFile(join(t.testdir(), 'missing', 'job.json')), {
    name: 'StateError',
    message: /cannot be locked: ENOENT/,
  })
})

const day = 24 * 3_600_000
const entry = (at: number) => toAuditEntry(() => 'id', at, 'Restart provisioning', 'Because.')

t.test('each entry is appended as one line', async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const log = await openLogFile(path, () => 0)
  log.audited(entry(1000))
  await log.flush()
  log.audited(entry(2000))
  await log.flush()
  t.same(readLogFile(path), [
    { log: 'audit', ...entry(1000) },
    { log: 'audit', ...entry(2000) },
  ])
})

t.test('many entries are written before the flush', async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const log = await openLogFile(path, () => 0)
  for (let count = 0; count < 1000; count++) log.audited(entry(count))
  t.equal(readLogFile(path).length, 1000)
})

t.test("entries older than 30 days by the job's clock and incomplete lines are dropped", async t => {
  const path = join(t.testdir(), 'log.ndjson')
  const first = await openLogFile(path, () => 0)
  for (const at of [0, day, 2 * day]) first.audited(entry(at))
  await first.flush()
  appendFileSync(path, '{"log":"audit","id":')
  t.equal(readLogFile(path).length, 3)
  const second = await openLogFile(path, () => 31 * day)
  second.audited(entry(31 * day))
  await second.flush()
  t.same(
    readLogFile(path).map(({ activityDateTime }) => Date.parse(activityDateTime) / day),
    [1, 2, 31],
  )
  t.ok(readFileSync(path, 'utf8').endsWith('\n'))
})
