import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readExport } from '../../src/insight/reconcile/export.ts'
import { reconcile } from '../../src/insight/reconcile/reconcile.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import { userSchema } from '../http/cli/server.ts'
import { assertProperty } from '../support/property.ts'
import { buildTestApp } from '../support/scim.ts'

// An export of the directory is in sync, in any notation; an export with a change is not.

type Person = {
  readonly name: string
  readonly title: string
  readonly city: string
  readonly enabled: boolean
}

const words = fc.stringMatching(/^[A-Za-zäöüß,;"' -]{0,12}$/).map(text => text.trim())
const person: fc.Arbitrary<Person> = fc.record({
  name: fc.stringMatching(/^[a-z]{1,8}$/),
  title: words,
  city: words,
  enabled: fc.boolean(),
})
const people = fc.uniqueArray(person, { selector: ({ name }) => name, minLength: 1, maxLength: 8 })

const resourceOf = ({ name, title, city, enabled }: Person) => ({
  schemas: [userSchema],
  userName: `${name}@example.com`,
  active: enabled,
  ...(title && { title }),
  ...(city && { addresses: [{ type: 'work', locality: city }] }),
})

const mapping = defaultMappings.nonGallery

type Writing = 'comma' | 'semicolon' | 'graph'
const writing = fc.constantFrom<Writing>('comma', 'semicolon', 'graph')

function written(list: readonly Person[], how: Writing): string {
  const objects = list.map(({ name, title, city, enabled }) => ({
    userPrincipalName: `${name}@example.com`,
    jobTitle: title || null,
    city: city || null,
    accountEnabled: enabled,
  }))
  if (how === 'graph') return JSON.stringify({ value: objects })
  const separator = how === 'comma' ? ',' : ';'
  const quoted = (value: unknown) => `"${String(value ?? '').replaceAll('"', '""')}"`
  const lines = objects.map(object => Object.values(object).map(quoted).join(separator))
  return [Object.keys(objects[0] ?? {}).join(separator), ...lines].join('\r\n')
}

t.test('an export of the directory is in sync, and a change in it is the only difference', async t => {
  const { deps, another } = await buildTestApp(t, 'entra')
  await assertProperty(
    fc.asyncProperty(people, writing, fc.nat(), async (list, how, chosen) => {
      const { tenant, client } = await another('entra')
      for (const one of list) await client.create('Users', resourceOf(one))
      const compare = async (exported: readonly Person[]) =>
        reconcile(
          await readExport(written(exported, how), mapping),
          mapping.users,
          deps.directory,
          tenant.key,
        )
      const labels = (rows: readonly { readonly label: string }[]) => rows.map(({ label }) => label)

      const same = await compare(list)
      assert.deepEqual(same, { inSync: list.length, missing: [], extra: [], different: [] })

      const at = chosen % list.length
      const one = list[at] as Person
      const rest = list.toSpliced(at, 1)
      const label = `${one.name}@example.com`
      const changed = await compare([...rest, { ...one, title: `${one.title}x`, enabled: !one.enabled }])
      assert.deepEqual(
        changed.different.map(({ identity, drift }) => [identity.label, drift.map(({ path }) => path)]),
        [[label, ['active', 'title']]],
      )
      assert.deepEqual([changed.inSync, changed.missing, changed.extra], [rest.length, [], []])

      const renamed = await compare([...rest, { ...one, name: `${one.name}-2` }])
      assert.deepEqual(labels(renamed.missing), [`${one.name}-2@example.com`])
      assert.deepEqual(
        renamed.extra.map(identity => identity.label),
        [label],
      )
    }),
    { numRuns: 40 },
  )
})
