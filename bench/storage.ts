import type { BenchOptions, Fixture } from './fixture.ts'
import type { PartResult } from './part.ts'
import { number, table } from './table.ts'

/** The size of the stored data. */
export async function storage(fixture: Fixture, { exchanges }: BenchOptions): Promise<PartResult> {
  const aws = await fixture.directory('aws', 'large')
  const rfc = await fixture.directory('rfc', 'large')
  const row = (title: string, name: 'bytesPerUser' | 'bytesPerExchange', count: string) => [
    title,
    count,
    number(aws[name]),
    number(rfc[name]),
  ]
  return {
    text: table([
      ['bytes per', 'number', 'aws', 'rfc'],
      row('user', 'bytesPerUser', number(aws.seeded.users.length)),
      row('request: a read of a user', 'bytesPerExchange', number(exchanges)),
    ]),
    figures: {
      'bytes per user, aws': aws.bytesPerUser,
      'bytes per user, rfc': rfc.bytesPerUser,
      'bytes per exchange, aws': aws.bytesPerExchange,
      'bytes per exchange, rfc': rfc.bytesPerExchange,
    },
  }
}
