import { markdownText } from '../../../domain/client-text.ts'
import type { FindingGroup } from '../../../domain/contract/findings.ts'
import { fixLabel } from '../../components/text.tsx'

export const listToMarkdown = (title: string, findings: readonly FindingGroup[]): string =>
  [
    `# ${title}`,
    [
      '| severity | finding | tenant | objects | requests | last seen |',
      '| --- | --- | --- | ---: | ---: | --- |',
      ...findings.map(
        ({ severity, title, headline = title, tenant, subjects, count, last, tenantLast = last }) =>
          `| ${severity} | ${prose(headline)} | ${markdownText(tenant)} | ${subjects} | ${count} | ${tenantLast} |`,
      ),
    ].join('\n'),
    ...findings.map(finding => toMarkdown(finding)),
  ].join('\n\n')

export const toMarkdown = (finding: FindingGroup): string => {
  const {
    id,
    severity,
    title,
    headline = title,
    tenant,
    count,
    subjects,
    reason,
    remedy,
    product,
    mute,
    evidence,
  } = finding
  return [
    `## ${severity}: ${prose(headline)}`,
    `\`${id}\` in ${markdownText(tenant)}: ${count} requests, ${subjects} objects, last ${finding.tenantLast ?? finding.last}`,
    prose(headline === title ? reason : `${title.endsWith('.') ? title : `${title}.`} ${reason}`),
    `**${fixLabel(product)}:** ${prose(remedy)}`,
    ...(mute
      ? [
          `**Muted** ${mute.at}${mute.by === undefined ? '' : ` by ${markdownText(mute.by)}`}: ${markdownText(mute.reason)}`,
        ]
      : []),
    evidence
      .map(
        ({ exchange, at, tenantTime = at, subject, detail }) =>
          `- ${tenantTime} ${subject === undefined ? '' : `**${markdownText(subject)}** `}${markdownText(detail)} (request ${markdownText(exchange)})`,
      )
      .join('\n'),
  ].join('\n\n')
}

const prose = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `\`${part}\`` : markdownText(part)))
    .join('')
