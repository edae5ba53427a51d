import t from 'tap'
import { pathText } from '../../../src/scim/attribute.ts'
import { userType } from '../../../src/scim/core-schemas.ts'
import { missingAttributes, prepareResource } from '../../../src/scim/document.ts'
import { toResourceId } from '../../../src/scim/resource.ts'
import {
  restoreSecrets,
  serializeSecrets,
  storedSecretAt,
  toOpaqueString,
  transformSecrets,
} from '../../../src/scim/secrets.ts'
import { deviceType } from '../../support/device-type.ts'
import { rejection } from '../../support/rejection.ts'
import { alarmUrn, vaultType } from '../../support/vault-type.ts'

const whole = {
  name: 'V',
  pin: 'a',
  year: 1987,
  owner: { login: 'L', phrase: 'b' },
  hints: { first: 'c' },
  keys: [{ value: 'k', code: 'd' }],
  words: ['e'],
  [alarmUrn]: { level: 3, stop: 'f' },
}
const shown = { name: 'V', owner: { login: 'L' }, keys: [{ value: 'k' }], [alarmUrn]: { level: 3 } }
const secrets = {
  pin: 'a',
  year: 1987,
  owner: { phrase: 'b' },
  hints: { first: 'c' },
  [alarmUrn]: { stop: 'f' },
}

t.test('R-057 attributes that are never returned are transformed in place, and omitted in lists', async t => {
  t.same(
    transformSecrets(vaultType, whole, (path, value) => `${pathText(path)}=${value}`),
    {
      name: 'V',
      pin: 'pin=a',
      year: 'year=1987',
      owner: { login: 'L', phrase: 'owner.phrase=b' },
      hints: { first: 'hints.first=c' },
      keys: [{ value: 'k' }],
      [alarmUrn]: { level: 3, stop: `${alarmUrn}:stop=f` },
    },
  )
})

t.test('a resource without secrets is returned unchanged', async t => {
  for (const [type, resource] of [
    [userType, { userName: 'ann', emails: [{ value: 'a@x' }] }],
    [deviceType, { serial: '1' }],
  ] as const) {
    t.equal(
      transformSecrets(type, resource, () => 'sealed'),
      resource,
    )
    t.equal(serializeSecrets(type, resource), undefined)
  }
})

t.test('R-057 R-061 secrets are kept apart from the document, in the same structure', async t => {
  const { secrets: text, ...prepared } = prepareResource(vaultType, toResourceId('1'), whole)
  t.same(JSON.parse(text ?? ''), secrets)
  t.same(prepared, prepareResource(vaultType, toResourceId('1'), shown))
})

t.test('a hash is found by its path', async t => {
  const found: string[] = []
  transformSecrets(vaultType, whole, (path, value) => {
    found.push(`${pathText(path)} ${storedSecretAt(path, JSON.stringify(secrets))}`)
    return value
  })
  t.same(found, ['pin a', 'year undefined', 'owner.phrase b', 'hints.first c', `${alarmUrn}:stop f`])
  t.equal(storedSecretAt(vaultType.attributes.slice(-1), undefined), undefined)
})

t.test('stored secrets are restored to a resource that does not contain them', async t => {
  const text = JSON.stringify(secrets)
  const { words: _, keys: __, ...kept } = { ...whole, keys: [] }
  t.same(restoreSecrets(vaultType, shown, text), { ...kept, keys: [{ value: 'k' }] })
  t.same(restoreSecrets(vaultType, { name: 'V', pin: 'new' }, text).pin, 'new')
  t.same(
    restoreSecrets(vaultType, { name: 'V' }, text, shown),
    { name: 'V', pin: 'a', year: 1987, hints: { first: 'c' } },
    'a removed complex attribute loses its secrets',
  )
  t.same(
    restoreSecrets(userType, { userName: 'ann' }, text),
    { userName: 'ann' },
    'a type without these secrets',
  )
  t.same(restoreSecrets(vaultType, shown, null), shown)
})

t.test('R-064 a secret may be required', async t => {
  t.same(missingAttributes(vaultType, shown), ['pin'])
  t.same(missingAttributes(vaultType, { ...shown, pin: 'hash' }), [])
})

t.test('R-067 a secret string is composed, keeps its case, and has one kind of space', async t => {
  for (const [sent, compared] of [
    ['e\u0301E', '\u00e9E'],
    ['a\u00a0b\u3000c d', 'a b c d'],
    ['ΣΑΣ ẞ 🧑‍🚀', 'ΣΑΣ ẞ 🧑‍🚀'],
    ['🧑'.repeat(1024), '🧑'.repeat(1024)],
  ] as const) {
    t.equal(toOpaqueString(sent, 'pin'), compared)
  }
})

t.test(
  'R-067 a secret string is not empty, has a maximum length, and contains no control characters',
  async t => {
    for (const text of ['', 'canary\t', 'canary\u0085', 'canary\ufffe', 'canary'.repeat(200)]) {
      const { status, scimType, detail } = rejection(() => toOpaqueString(text, 'pin'))
      t.same([status, scimType], [400, 'invalidValue'])
      t.match(detail, /^pin (is|contains) /)
      t.notMatch(detail, 'canary')
    }
  },
)
