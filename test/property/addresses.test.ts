import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { readAddress, splitAddress } from '../../src/scim-api/http/route.ts'
import { assertProperty } from '../support/property.ts'

const part = fc.constantFrom(
  ...[
    'scim',
    'v2',
    'v1',
    'acme',
    'Users',
    'Groups',
    '.search',
    '',
    '%20',
    '%zz',
    'a%2Fb',
    '?',
    '?a=/b',
    '#',
    'é',
    'x y',
  ],
)
const path = fc.array(part, { maxLength: 8 }).map(parts => `/${parts.join('/')}`)
const usual = fc
  .array(part, { maxLength: 3 })
  .map(parts => `/acme/scim/v2${parts.map(each => `/${each}`).join('')}`)
const target = fc
  .tuple(
    fc.constantFrom('', 'http://proxy', 'HTTPS://proxy/'),
    fc.oneof(path, usual),
    fc.constantFrom('', '?', '?a=%2F/x'),
  )
  .map(texts => texts.join(''))

t.test('the usual addresses are read as every address is', async t => {
  let usualOnes = 0
  assertProperty(
    fc.property(target, url => {
      const read = (reader: typeof readAddress) => {
        try {
          return reader(url)
        } catch (error) {
          return (error as Error).message
        }
      }
      const address = read(readAddress)
      assert.deepStrictEqual(address, read(splitAddress))
      if (typeof address === 'object' && address.segments.length === 2) usualOnes++
    }),
    { numRuns: 3000 },
  )
  t.ok(usualOnes > 100)
})
