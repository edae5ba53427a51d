import { readFileSync } from 'node:fs'
import t from 'tap'
import { functionNames } from '../../src/entra/mapping/functions.ts'
import { readMapping } from '../../src/entra/mapping/read-mapping.ts'
import { scopingOperators } from '../../src/entra/mapping/scoping-filter.ts'

const page = readFileSync(new URL('../../docs/entra-mappings.md', import.meta.url), 'utf8')
const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? []
const listAfter = (words: string) => {
  const [, list = ''] = new RegExp(`${words}:\\n\\n(.*?)\\n\\n`, 's').exec(page) ?? []
  return [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
}

t.test('the mapping in the page is valid', async t => {
  const { users, groups } = readMapping(JSON.parse(example))
  t.same([users.attributes.length, users.scope.length, groups.attributes.length], [7, 1, 2])
})

t.test('the page lists every function and operator', async t => {
  t.same(listAfter('customizing-application-data\\)'), functionNames)
  t.same(listAfter('Operators'), scopingOperators)
})
