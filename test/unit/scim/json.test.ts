import t from 'tap'
import { compact } from '../../../src/scim/json.ts'

t.test('compact omits undefined members and keeps the order of the others', async t => {
  const value = compact({ b: 1, gone: undefined, a: null, empty: '', no: false })
  t.equal(JSON.stringify(value), '{"b":1,"a":null,"empty":"","no":false}')
  t.notOk('gone' in value)
})

t.test('compact makes members that may be undefined optional', async t => {
  const name: string | undefined = ['x'].find(text => text === 'y')
  const value: { readonly id: number; readonly name?: string } = compact({ id: 1, name })
  t.same(Object.keys(value), ['id'])
})
