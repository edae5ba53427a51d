import { randomBytes } from 'node:crypto'
import type { Cluster } from './cluster/cluster.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'

type SettingRow = { readonly name: string; readonly value: string }

const keyLength = 32
const name = 'cursor-key'

const changes = prepared(`select name, value from settings where name = '${name}' and epoch > $1`)
const addKey = prepared(`
  insert into settings (name, value, epoch) values ('${name}', $1, $2) on conflict (name) do nothing returning name`)
const replaceKey = prepared(`
  insert into settings (name, value, epoch) values ('${name}', $1, $2)
  on conflict (name) do update set value = excluded.value, epoch = excluded.epoch`)

export function createCursorKey(cluster: Pick<Cluster, 'hold' | 'change' | 'look'>) {
  let key: Buffer | undefined
  const apply = (rows: readonly SettingRow[]) => {
    for (const { value } of rows) key = Buffer.from(value, 'hex')
  }
  cluster.hold<SettingRow>({ table: 'settings', changes, apply, replace: apply })

  return {
    current(): Buffer {
      if (!key) throw new Error('The key of cursors was not created.')
      return key
    },
    /** Must be called after the instance has joined the others. */
    async create(): Promise<void> {
      if (key) return
      await cluster.change((connection, epoch) => addUnlessKept(connection, epoch))
      // Another instance may have created it at the same time.
      await cluster.look()
    },
  }
}

const newKey = () => randomBytes(keyLength).toString('hex')

const addUnlessKept = async (connection: Connection, epoch: number) => {
  const rows = await connection.query(addKey, [newKey(), epoch])
  return rows.length > 0 || undefined
}

export const replaceCursorKey = (connection: Connection, epoch: number): Promise<unknown> =>
  connection.query(replaceKey, [newKey(), epoch])
