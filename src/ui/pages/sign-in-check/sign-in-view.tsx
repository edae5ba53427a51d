import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  SignInCheck,
  SignInInput,
  SignInRuleResult,
  SignInVerdict,
  UserSignIn,
} from '../../../domain/contract/sign-in-check.ts'
import { call } from '../../api.ts'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import { Form, form } from '../../components/form.tsx'
import { Facts } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { QuerySelect } from '../../components/views.tsx'
import { usePages } from '../../load.ts'
import { navigate, type PageProps, pathTo, query } from '../../router.ts'
import { statusOf } from '../directory/identity-facts.tsx'
import { Issues, Remedy, Verdict, verdictLabels, verdictTones } from './verdict.tsx'

export const SignInView = ({ tenant = '' }: PageProps) =>
  query.value.get('check') === 'response' ? (
    <Form
      spec={checkForm(tenant)}
      onClose={() => navigate(pathTo('users', { tenant }, { view: 'sign-in' }))}
    />
  ) : (
    <UserList tenant={tenant} />
  )

const checkForm = (tenant: string) =>
  form<SignInInput>({
    title: 'Check a SAML response',
    label: 'Check response',
    cancel: 'All users',
    fields: field => (
      <>
        {field('response', {
          label: 'SAML response',
          description:
            'The value of the form field SAMLResponse, which the network tab of the browser shows at the sign-in; a deflated value or XML works, too. It is not stored.',
          kind: 'area',
          whenBlank: 'send',
        })}
        <details>
          <summary>Identity provider and AWS instance</summary>
          {field('metadata', {
            label: 'Metadata of the identity provider',
            description: 'XML. It has the certificates.',
            kind: 'area',
          })}
          {field('certificate', {
            label: 'Signing certificate',
            description: 'PEM or base64, if there is no metadata.',
            kind: 'area',
          })}
          {field('acs', {
            label: 'ACS URL',
            description: 'IAM Identity Center: Settings, Manage authentication.',
            kind: 'url',
          })}
          {field('audience', {
            label: 'Issuer URL',
            description: 'The audience of the response, on the same page.',
          })}
        </details>
      </>
    ),
    async submit(body) {
      const check = await call('POST /tenants/:tenant/sign-in/check', { params: { tenant }, body })
      return { result: <CheckResult tenant={tenant} check={check} /> }
    },
  })

const order: readonly SignInRuleResult['result'][] = ['failed', 'not-checked', 'passed']

const CheckResult = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => (
  <section aria-label="Result">
    <h2>{sentence(check)}</h2>
    <CheckFacts tenant={tenant} check={check} />
    <Collection
      noun={['rule', 'rules']}
      rows={loadedRows(
        check.results.toSorted((one, other) => order.indexOf(one.result) - order.indexOf(other.result)),
      )}
      columns={columns}
      keyOf={({ rule }) => rule}
      empty={null}
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

const CheckFacts = ({ tenant, check }: { readonly tenant: string; readonly check: SignInCheck }) => {
  const { user, nameId, issuer, certificate, cloudTrail, page } = check
  return (
    <Facts
      of={{
        NameID: nameId !== undefined && <ClientText text={nameId} />,
        User: user && (
          <>
            <a href={pathTo('user', { tenant, id: user.id })}>
              <ClientText text={user.name} />
            </a>{' '}
            <Verdict verdict={user.verdict} />
          </>
        ),
        Groups: user && (
          <ClientText text={user.groups.map(({ display, id }) => display ?? id).join(', ') || 'none'} />
        ),
        'User’s issues': user && user.issues.length > 0 && <Issues issues={user.issues} />,
        Issuer: issuer !== undefined && <ClientText text={issuer} />,
        Certificate: certificate && (
          <>
            <ClientText text={certificate.subject} />, expires <Time at={certificate.notAfter} />
          </>
        ),
        CloudTrail:
          cloudTrail &&
          `${cloudTrail.eventName}: ${cloudTrail.outcome}${
            cloudTrail.message === undefined ? '' : `, “${cloudTrail.message}”`
          }`,
        'The user sees': page,
        'Checked at': (
          <>
            <Time at={check.at} /> (tenant time)
          </>
        ),
        'SHA-256': <code>{check.sha256.slice(0, 16)}…</code>,
      }}
    />
  )
}

const columns: readonly Column<SignInRuleResult>[] = [
  {
    name: 'Rule',
    text: ({ detail }) => detail,
    of: rule => (
      <>
        <ClientText text={rule.detail} />
        <div class="muted">
          {rule.rule}: {rule.description.replaceAll('`', '')} <a href={rule.source}>Source</a>
        </div>
        {rule.result === 'failed' && <Remedy {...rule} />}
      </>
    ),
    kind: 'rest',
  },
  {
    name: 'Result',
    text: ({ result }) => result.replace('-', ' '),
    tone: ({ result }) => (result === 'failed' ? 'bad' : 'plain'),
    always: true,
  },
]

const shown: Readonly<Record<SignInVerdict | 'any', string>> = {
  no: 'Can’t sign in',
  'at-risk': 'At risk',
  yes: 'Can sign in',
  any: 'All',
}

/** Rows of a verdict that are shown at once: pages may be short, or empty, although more follow. */
const rowsAtOnce = 50

function UserList({ tenant }: { readonly tenant: string }) {
  const asked = query.value.get('verdict') ?? 'no'
  const text = query.value.get('text') || undefined
  // An invalid verdict in the address is left to the API to report.
  const verdict = asked === 'any' ? undefined : (asked as SignInVerdict)
  // Disabled and deleted users have a view of their own.
  const status = verdict === undefined ? undefined : ('active' as const)
  const pages = usePages('GET /tenants/:tenant/sign-in', {
    params: { tenant },
    query: { verdict, status, text },
  })
  const isSearching = pages.hasMore.value && pages.items.value.length < rowsAtOnce
  useEffect(() => {
    if (isSearching && !pages.loading.value && !pages.problem.value) pages.loadMore()
  })
  return (
    <Collection
      noun={['user', 'users']}
      rows={pages}
      columns={columnsOf(tenant)}
      keyOf={({ id }) => id}
      filter={{ name: 'text', hint: 'Filter: name' }}
      file="sign-in.csv"
      tools={
        <>
          <QuerySelect name="verdict" label="Sign-in" value={asked} options={shown} />
          <a href={pathTo('users', { tenant }, { view: 'sign-in', check: 'response' })}>
            Check a SAML response
          </a>
        </>
      }
      empty={isSearching ? 'Checking users…' : verdict === 'no' ? 'Every active user can sign in.' : 'None.'}
    />
  )
}

const columnsOf = (tenant: string): readonly Column<UserSignIn>[] => [
  {
    name: 'User name',
    text: ({ name }) => name,
    to: ({ id }) => pathTo('user', { tenant, id }, { view: 'signIn' }),
    kind: 'name',
  },
  {
    name: 'Name',
    text: ({ name, display }) => (display === name ? '' : display),
    wide: true,
  },
  {
    name: 'Why',
    text: ({ issues }) => issues.map(({ detail }) => detail).join(' '),
    of: ({ issues }) => <Issues issues={issues} />,
    kind: 'rest',
  },
  {
    name: 'Sign-in',
    text: ({ verdict }) => verdictLabels[verdict],
    tone: ({ verdict }) => verdictTones[verdict],
  },
  {
    name: 'Status',
    text: ({ status }) => statusOf(status).word,
    tone: ({ status }) => statusOf(status).tone,
    title: ({ status }) => statusOf(status).title,
  },
]
