import type { SignInCheck, SignInRuleResult } from '../../../domain/contract/sign-in-check.ts'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { ClientText, escapeHidden, Time } from '../../components/text.tsx'
import { pathTo } from '../../router.ts'
import { Issues, Remedy, VerdictBadge } from './verdict.tsx'

const results: Readonly<Record<SignInRuleResult['result'], readonly [tone: Tone, label: string]>> = {
  passed: ['good', 'passed'],
  failed: ['bad', 'failed'],
  'not-checked': ['plain', 'not checked'],
}

const order: readonly SignInRuleResult['result'][] = ['failed', 'not-checked', 'passed']

export const CheckResult = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => (
  <section aria-label="Result">
    <h2>{sentence(check)}</h2>
    <Facts tenant={tenant} check={check} />
    <Table
      caption="Rules"
      columns={columns}
      items={check.results.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result))}
      keyOf={({ rule }) => rule}
    />
  </section>
)

const sentence = ({ outcome, user, results: all }: SignInCheck): string => {
  const failed = all.filter(({ result }) => result === 'failed').length
  if (outcome === 'rejected')
    return `AWS would reject this response: ${failed} ${failed === 1 ? 'rule fails' : 'rules fail'}.`
  const open = all.filter(({ result }) => result === 'not-checked').length
  const unchecked = open === 0 ? '' : ` ${open} ${open === 1 ? 'rule was' : 'rules were'} not checked.`
  return outcome === 'accepted' && user
    ? `AWS would sign in ${escapeHidden(user.name)}.${unchecked}`
    : `No rule fails.${unchecked}`
}

const Facts = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => {
  const { user, nameId, issuer, certificate, cloudTrail, page } = check
  return (
    <dl class="facts card">
      {nameId !== undefined && (
        <Fact name="NameID">
          <ClientText text={nameId} />
        </Fact>
      )}
      {user && (
        <Fact name="User">
          <a href={pathTo('user', { tenant, id: user.id })}>
            <ClientText text={user.name} />
          </a>{' '}
          <VerdictBadge verdict={user.verdict} />
        </Fact>
      )}
      {user && (
        <Fact name="Groups">
          {user.groups.length === 0 ? (
            <span class="muted">none</span>
          ) : (
            <ClientText text={user.groups.map(({ display, id }) => display ?? id).join(', ')} />
          )}
        </Fact>
      )}
      {user && user.issues.length > 0 && (
        <Fact name="User’s issues">
          <Issues issues={user.issues} />
        </Fact>
      )}
      {issuer !== undefined && (
        <Fact name="Issuer">
          <ClientText text={issuer} />
        </Fact>
      )}
      {certificate && (
        <Fact name="Certificate">
          <ClientText text={certificate.subject} />, expires <Time at={certificate.notAfter} />
        </Fact>
      )}
      {cloudTrail && (
        <Fact name="CloudTrail">
          {cloudTrail.eventName}: {cloudTrail.outcome}
          {cloudTrail.message !== undefined && `, “${cloudTrail.message}”`}
        </Fact>
      )}
      {page !== undefined && <Fact name="The user sees">{page}</Fact>}
      <Fact name="Checked at">
        <Time at={check.at} /> (tenant time)
      </Fact>
      <Fact name="SHA-256">
        <code>{check.sha256.slice(0, 16)}…</code>
      </Fact>
    </dl>
  )
}

const columns: readonly Column<SignInRuleResult>[] = [
  {
    name: 'Result',
    of: ({ result }) => {
      const [tone, label] = results[result]
      return <Badge tone={tone}>{label}</Badge>
    },
  },
  {
    name: 'Rule',
    of: rule => (
      <>
        <ClientText text={rule.detail} />
        <div class="muted">
          {rule.rule}: {rule.description.replaceAll('`', '')} <a href={rule.source}>Source</a>
        </div>
        {rule.result === 'failed' && <Remedy {...rule} />}
      </>
    ),
  },
]
