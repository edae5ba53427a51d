import t from 'tap'
import { z } from 'zod'
import { jsonPortions, writtenJson } from '../../../../src/domain/event-loop/written-json.ts'
import { turnsDuring, useSlowClock } from '../../../support/slow-clock.ts'

const schema = z.object({
  label: z.string(),
  absent: z.string().optional(),
  items: z.array(z.object({ name: z.string(), value: z.unknown().optional() })),
  others: z.array(z.string()),
})

const object = {
  label: '"quoted"',
  items: Array.from({ length: 3000 }, (_, at) => ({ name: `name ${at}`, value: { at }, more: true })),
  others: [],
}

async function write(body: unknown): Promise<string> {
  const portions = jsonPortions(schema, body)
  if (!portions) throw new Error('The object is not large.')
  let text = ''
  for await (const portion of portions) text += portion
  return text
}

t.test('a large object is written as the schema describes it', async t => {
  t.equal(await write(object), JSON.stringify(schema.parse(object)))
})

t.test('other work is done while a large object is written', async t => {
  useSlowClock(t)
  t.ok((await turnsDuring(write(object))) > 1000)
  const written = writtenJson(Array.from({ length: 2000 }, () => ' '))
  t.ok((await turnsDuring(write(written))) > 1000, 'also if it is written already')
})

t.test('invalid elements are rejected', async t => {
  await t.rejects(write({ ...object, items: [...object.items, { name: 1 }] }), { name: 'ZodError' })
})

t.test('objects with short lists and other values are not large', t => {
  t.same(
    [{ ...object, items: [] }, null, 'text', undefined].map(body => jsonPortions(schema, body)),
    [undefined, undefined, undefined, undefined],
  )
  t.equal(jsonPortions(z.array(z.string()), object), undefined)
  t.end()
})

t.test('an object that is written already is sent as it is, however many portions it has', async t => {
  const portions = ['{', ...Array.from({ length: 2000 }, (_, at) => `"member ${at}":${at},`), '"last":true}']
  t.equal(await write(writtenJson(portions)), portions.join(''))
})
