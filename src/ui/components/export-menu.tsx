import { ActionButton } from './buttons.tsx'
import { Dropdown } from './dropdown.tsx'

/** Downloads a file in one of several formats. `labels` has the name of each, `fileNames` the name of its file. */
export const ExportMenu = <Format extends string>({
  labels,
  fileNames,
  fetchFile,
}: {
  readonly labels: Readonly<Record<Format, string>>
  readonly fileNames: Readonly<Record<Format, string>>
  readonly fetchFile: (format: Format) => Promise<Response>
}) => {
  const download = async (format: Format) => {
    const response = await fetchFile(format)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = fileNames[format]
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <Dropdown label="Export">
      <div class="stack">
        {(Object.entries(labels) as [Format, string][]).map(([format, label]) => (
          <ActionButton key={format} onAction={() => download(format)}>
            {label}
          </ActionButton>
        ))}
      </div>
    </Dropdown>
  )
}
