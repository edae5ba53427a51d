import type { AnalysisStore, TokenClient } from '../../domain/ports/analysis.ts'
import { type TokenClientRow, toTokenClient, toTokenClientRow } from '../common/analysis-rows.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'

const columns = 'tenant, token, product, evidence, candidate, candidate_exchanges, named'

const ofTenant = prepared(`select ${columns} from token_clients where tenant = $1 order by token`)
const ofTokens = prepared(`
  select ${columns} from unnest($1::text[], $2::text[]) as given(tenant, token)
    join token_clients using (tenant, token)`)

/** Reads the table `token_clients`. */
export const createTokenClientReader = (reads: Pick<Reads, 'query'>) =>
  ({
    ofTenant: async tenant => (await reads.query<TokenClientRow>(ofTenant, [tenant])).map(toTokenClient),
    async ofTokens(tokens) {
      const keys = [tokens.map(({ tenant }) => tenant), tokens.map(({ token }) => token)]
      return (await reads.query<TokenClientRow>(ofTokens, keys)).map(toTokenClient)
    },
  }) satisfies {
    readonly ofTenant: AnalysisStore['clientsOfTokens']
    readonly ofTokens: AnalysisStore['tokenClients']
  }

const put = prepared(`
  insert into token_clients (${columns})
  select tenant, token, product, evidence, candidate, candidate_exchanges, named::jsonb
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[])
    as given(${columns})
  on conflict (tenant, token) do update set product = excluded.product, evidence = excluded.evidence,
    candidate = excluded.candidate, candidate_exchanges = excluded.candidate_exchanges, named = excluded.named`)

/** The tokens are different ones. */
export async function putTokenClients(
  connection: Connection,
  clients: readonly TokenClient[],
): Promise<void> {
  if (clients.length === 0) return
  const rows = clients.map(toTokenClientRow)
  await connection.query(put, [
    rows.map(({ tenant }) => tenant),
    rows.map(({ token }) => token),
    rows.map(({ product }) => product),
    rows.map(({ evidence }) => evidence),
    rows.map(({ candidate }) => candidate),
    rows.map(({ candidate_exchanges: exchanges }) => exchanges),
    rows.map(({ named }) => named),
  ])
}
