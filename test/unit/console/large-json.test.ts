import t from 'tap'
import { z } from 'zod'
import { asLargeObject, writeLargeObject } from '../../../src/console/routes/register.ts'
import { turnsDuring, useSlowClock } from '../../support/slow-clock.ts'

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
  const large = asLargeObject(schema, body)
  if (!large) throw new Error('The object is not large.')
  let text = ''
  for await (const portion of writeLargeObject(large)) text += portion
  return text
}

t.test('a large object is written as the schema describes it', async t => {
  t.equal(await write(object), JSON.stringify(schema.parse(object)))
})

t.test('other work is done while a large object is written', async t => {
  useSlowClock(t)
  t.ok((await turnsDuring(write(object))) > 1000)
})

t.test('invalid elements are rejected', async t => {
  await t.rejects(write({ ...object, items: [...object.items, { name: 1 }] }), { name: 'ZodError' })
})

t.test('objects with short lists and other values are not large', t => {
  t.same(
    [{ ...object, items: [] }, null, 'text', undefined].map(body => asLargeObject(schema, body)),
    [undefined, undefined, undefined, undefined],
  )
  t.equal(asLargeObject(z.array(z.string()), object), undefined)
  t.end()
})
