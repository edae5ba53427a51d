import t from 'tap'
import { preflightInThread } from '../../../../src/insight/preflight/in-thread.ts'
import { PreflightError, type PreflightMistake } from '../../../../src/insight/preflight/preflight-error.ts'
import { type PreflightRequest, preflightFiles } from '../../../../src/insight/preflight/preflight-files.ts'
import type { PreflightThreadData } from '../../../../src/insight/preflight/thread.ts'
import { generateDirectory } from '../../../../src/provisioning/kit/directory/generate.ts'
import { toScimulatorFormat } from '../../../../src/provisioning/kit/directory/write-directory.ts'

const requestFor = (users: number): PreflightRequest => ({
  files: [
    {
      name: 'directory.json',
      text: JSON.stringify(
        toScimulatorFormat(generateDirectory({ users, groups: 2, groupSize: 5, seed: 1 })),
      ),
    },
  ],
  now: 0,
  profile: { name: 'aws', switches: { email: 'required' } },
})

/** The request as a client sends it. */
const sent = ({ now, profile, ...body }: PreflightRequest): PreflightThreadData => ({
  body: new TextEncoder().encode(JSON.stringify(body)),
  now,
  profile,
})

const unlimited = new AbortController().signal

async function mistakesOf(checking: Promise<unknown>): Promise<readonly PreflightMistake[]> {
  try {
    await checking
    return []
  } catch (error) {
    if (error instanceof PreflightError) return error.mistakes
    throw error
  }
}

t.test('a thread returns the same result', async t => {
  const request = requestFor(20)
  t.same(await preflightInThread(sent(request), unlimited), await preflightFiles(request))
})

t.test('errors in the files and in the mapping reach the caller', async t => {
  const files = [{ name: 'x.json', text: '[' }]
  t.match(await mistakesOf(preflightInThread(sent({ ...requestFor(1), files }), unlimited)), [
    { part: 'files', message: /^x\.json: is not valid JSON/ },
  ])
  t.match(await mistakesOf(preflightInThread(sent({ ...requestFor(1), mapping: '[]' }), unlimited)), [
    { part: 'mapping', message: /must be an object/ },
  ])
})

t.test('an aborted check ends its thread', async t => {
  const gone = new AbortController()
  const checking = preflightInThread(sent(requestFor(2000)), gone.signal)
  gone.abort(new Error('the client has disconnected'))
  await t.rejects(checking, { message: 'the client has disconnected' })
  await t.rejects(preflightInThread(sent(requestFor(1)), gone.signal), {
    message: 'the client has disconnected',
  })
})

t.test('a directory that exceeds the memory is an error of the files', async t => {
  const checking = preflightInThread(sent(requestFor(20_000)), unlimited, {
    maxOldGenerationSizeMb: 40,
    maxMilliseconds: 60_000,
  })
  t.match(await mistakesOf(checking), [{ part: 'files', message: /too large for the memory or the time/ }])
})

t.test('a check that takes too long ends', async t => {
  const checking = preflightInThread(sent(requestFor(20_000)), unlimited, { maxMilliseconds: 50 })
  t.match(await mistakesOf(checking), [{ part: 'files', message: /too large for the memory or the time/ }])
})

t.test('a file for which JSON.parse would need too much memory is refused', async t => {
  const check = (text: string) =>
    mistakesOf(preflightInThread(sent({ ...requestFor(1), files: [{ name: 'x.json', text }] }), unlimited))
  t.match(await check('['.repeat(1_000_000)), [{ message: /^x\.json: .* more than 64 levels/ }])
  t.match(await check(`[${'{},'.repeat(6_000_000)}{}]`), [
    { message: /^x\.json: .* too many objects and values/ },
  ])
})
