import type { Client, Exchange } from '../../answers.ts'
import { Badge, TenantTime, Time } from '../../components/basics.tsx'
import { Fact } from '../../components/fact.tsx'
import { pathTo } from '../../router.ts'
import { durationWords } from '../../words.ts'
import { DialectBadge, statusTone } from '../activity/lines.tsx'

const refusals: Readonly<Record<string, string>> = {
  missing: 'The request carried no token.',
  unknown: 'Its token is none that this server ever gave out.',
  expired: 'Its token has expired.',
  deleted: 'Its token was deleted.',
  'other-tenant': 'Its token belongs to another tenant.',
  'read-only': 'Its token may only read.',
}

const clients: Readonly<Record<Client, string>> = {
  entra: 'Entra ID',
  service: 'A provisioning service other than Entra ID',
  compliance: 'The compliance suite',
  sample: 'The sample of this console',
  'ad-hoc': 'Ad-hoc: curl, a script or the like',
}

/** What is known of an exchange, at a glance. */
export const Facts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts card">
    <Fact name="Answer">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge> in{' '}
      {durationWords(exchange.microseconds)}
    </Fact>
    <Fact name="When">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} />
      {exchange.tenantTime !== exchange.at && (
        <>
          {' '}
          (server time: <Time at={exchange.at} />)
        </>
      )}
    </Fact>
    {exchange.refusal && <Fact name="Refused">{refusals[exchange.refusal] ?? exchange.refusal}</Fact>}
    {exchange.rule && (
      <Fact name="Rule">
        <code>{exchange.rule}</code>
      </Fact>
    )}
    {exchange.fault && (
      <Fact name="Injected">{exchange.fault.words}: this answer was spoiled on purpose.</Fact>
    )}
    {exchange.replayOf && (
      <Fact name="Replay">
        The console sent <a href={pathTo('exchange', { id: exchange.replayOf })}>an earlier request</a> again.
      </Fact>
    )}
    {exchange.parent && (
      <Fact name="Part of">
        <a href={pathTo('exchange', { id: exchange.parent })}>a bulk request</a>
      </Fact>
    )}
    {exchange.client && <Fact name="Client">{clients[exchange.client]}</Fact>}
    {exchange.dialect && (
      <Fact name="Dialect">
        <DialectBadge dialect={exchange.dialect} />
      </Fact>
    )}
    {exchange.cycle && (
      <Fact name="Run">
        <a href={pathTo('activity', {}, { q: `cycle:${exchange.cycle}` })}>All requests of this run</a>
      </Fact>
    )}
    {exchange.profile && <Fact name="Profile">{exchange.profile}</Fact>}
    {exchange.token && <Fact name="Token">…{exchange.token.ending}</Fact>}
    {exchange.remoteAddress && <Fact name="From">{exchange.remoteAddress}</Fact>}
    <Fact name="Request id">
      <code>{exchange.id}</code>
    </Fact>
  </dl>
)
