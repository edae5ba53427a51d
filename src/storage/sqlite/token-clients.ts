import type { Database } from 'better-sqlite3'
import type { TokenClient } from '../../domain/ports/analysis.ts'
import { type TokenClientRow, toTokenClient, toTokenClientRow } from '../common/analysis-rows.ts'

/** Reads the table `token_clients`. */
export function createTokenClientReader(db: Database) {
  const ofTenant = db.prepare<[string], TokenClientRow>('select * from token_clients where tenant = ?')
  const withKey = db.prepare<[string, string], TokenClientRow>(
    'select * from token_clients where tenant = ? and token = ?',
  )

  return {
    ofTenant: (tenant: string): readonly TokenClient[] => ofTenant.all(tenant).map(toTokenClient),
    ofTokens: (tokens: readonly Pick<TokenClient, 'tenant' | 'token'>[]): readonly TokenClient[] =>
      tokens.flatMap(({ tenant, token }) => withKey.all(tenant, token)).map(toTokenClient),
  }
}

/** Writes the table `token_clients`, within a transaction. */
export function createTokenClientWriter(db: Database) {
  const put = db.prepare<[TokenClientRow]>(
    `insert into token_clients (tenant, token, product, evidence, candidate, candidate_exchanges, named)
      values (@tenant, @token, @product, @evidence, @candidate, @candidate_exchanges, @named)
      on conflict (tenant, token) do update set product = excluded.product, evidence = excluded.evidence,
        candidate = excluded.candidate, candidate_exchanges = excluded.candidate_exchanges, named = excluded.named`,
  )
  const deleteAll = db.prepare<[]>('delete from token_clients')
  const deleteOf = db.prepare<[string]>('delete from token_clients where tenant = ?')

  return {
    put(client: TokenClient): void {
      put.run(toTokenClientRow(client))
    },
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}
