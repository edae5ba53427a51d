import type { IdentityDetail } from '../../../domain/contract/identities.ts'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { JsonView } from '../../components/json.tsx'
import { PageHead } from '../../components/layout.tsx'
import { ClientText } from '../../components/text.tsx'
import { useLoad } from '../../load.ts'
import { type PageProps, query, setQuery } from '../../router.ts'
import { AccessTable } from '../access/access-table.tsx'
import { UserVerdict } from '../sign-in-check/verdict.tsx'
import { AttributeHistory, Timeline } from './history.tsx'
import { IdentityFacts, type IdentityRef, StatusBadge } from './identity-facts.tsx'
import { GroupsOf, Members } from './memberships.tsx'
import { MomentNote, MomentSlider, selectedMoment } from './moment.tsx'
import { WhyPanel } from './why.tsx'

export const UserPage = (props: PageProps) => <IdentityPage {...props} list="users" />
export const GroupPage = (props: PageProps) => <IdentityPage {...props} list="groups" />

type View = 'timeline' | 'document' | 'attributes' | 'memberships' | 'access' | 'signIn'

const otherViews = {
  document: 'Current JSON',
  attributes: 'Attribute history',
} as const

const viewsOf = (
  list: IdentityRef['list'],
  { members }: Pick<IdentityDetail, 'members'>,
): Readonly<Partial<Record<View, string>>> =>
  list === 'groups'
    ? {
        memberships: members === undefined ? 'Members' : `Members (${members.toLocaleString('en')})`,
        timeline: 'Timeline',
        ...otherViews,
        access: 'Access',
      }
    : {
        timeline: 'Timeline',
        ...otherViews,
        memberships: 'Memberships',
        access: 'Access',
        signIn: 'Sign-in',
      }

const firstView = (list: IdentityRef['list']): View => (list === 'groups' ? 'memberships' : 'timeline')

function IdentityPage({ tenant = '', id = '', list }: PageProps & { readonly list: IdentityRef['list'] }) {
  const at = selectedMoment()
  const loaded = useLoad(`GET /tenants/:tenant/${list}/:id`, { params: { tenant, id }, query: { at } })
  const identity = loaded.value.value
  const problem = loaded.problem.value
  const implied = query.value.has('revision') ? 'timeline' : firstView(list)
  const view = query.value.get('view') ?? implied
  const identityRef = { tenant, list, id, at }
  if (!identity) {
    return (
      <>
        <PageHead title={list === 'users' ? 'User' : 'Group'} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
        {problem && at !== undefined && (
          <button type="button" onClick={() => setQuery({ at: undefined })}>
            Back to live
          </button>
        )}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={identity.label}
        description={identity.display !== identity.label && <ClientText text={identity.display} />}
      >
        <StatusBadge status={identity.status} />
      </PageHead>
      {at === undefined && <WhyPanel identity={identityRef} />}
      <IdentityFacts identity={identity} tenant={tenant} list={list} />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <ViewTabs view={view} views={viewsOf(list, identity)} />
      {view === 'timeline' && <Timeline identity={identityRef} />}
      {view === 'attributes' && <AttributeHistory identity={identityRef} />}
      {view === 'document' && <Document identity={identity} />}
      {view === 'memberships' &&
        (list === 'groups' ? (
          <Members group={identityRef} />
        ) : (
          <GroupsOf groups={identity.groups} user={identityRef} />
        ))}
      {view === 'access' && (
        <AccessTable tenant={tenant} at={at} {...(list === 'groups' ? { group: id } : { user: id })} />
      )}
      {view === 'signIn' &&
        list === 'users' &&
        (at === undefined ? (
          <UserVerdict tenant={tenant} id={id} />
        ) : (
          <p class="card muted">The verdict is about the present. Go back to live to see it.</p>
        ))}
    </>
  )
}

const ViewTabs = ({
  view,
  views,
}: {
  readonly view: string
  readonly views: Readonly<Partial<Record<View, string>>>
}) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">View</legend>
    {Object.entries(views).map(([name, label], at) => (
      <button
        key={name}
        type="button"
        aria-pressed={view === name}
        onClick={() => setQuery({ view: at === 0 ? undefined : name, revision: undefined })}
      >
        {label}
      </button>
    ))}
  </fieldset>
)

const Document = ({ identity }: { readonly identity: IdentityDetail }) =>
  identity.document ? (
    <JsonView value={identity.document} label="SCIM resource" />
  ) : (
    <p class="card muted">Removed. Only the history is kept.</p>
  )
