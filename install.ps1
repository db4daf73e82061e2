<#
.SYNOPSIS
Installs whence on Windows: a private environment, the "whence" command, and the hook and telemetry in Claude Code's settings.
.DESCRIPTION
Needs Windows PowerShell 5.1 or newer, and one of these: Python 3.11 to 3.14 of python.org, uv, or an archive (-Python). It finds a Python and runs
installer\windows.py with it.

  -Serve         also install the ledger and the classifier, import past sessions, and run the ledger in the foreground
  -System        install for every user, in Claude Code's managed settings (requires an administrator)
  -Endpoint URL  send to this ledger, or any other OTLP/HTTP receiver (default: http://127.0.0.1:4318)
  -Token TOKEN   the ingest token; prefer the environment variable WHENCE_INGEST_TOKEN
  -Wheels DIR    install every package from this folder of wheels, without the network
  -Python FILE   use the relocatable Python in this .tar.gz instead of one on this machine (default: python.tar.gz
                 beside this script)
  -Prefix DIR    folder of the private environment (default: %LOCALAPPDATA%\Programs\whence, with -System
                 C:\Program Files\whence)
  -Uninstall     remove whence; keep a ledger and unsent records

Exit codes: 0 success; 1 failure, with the reason on standard error; 2 wrong usage.
#>
param(
    [switch]$Serve,
    [switch]$System,
    [string]$Endpoint,
    [string]$Token,
    [string]$Wheels,
    [string]$Python,
    [string]$Prefix,
    [switch]$Uninstall
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Stop-Install([string]$Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
    exit 1
}

# Returns the path of a Python in the registry (PEP 514); with -System, only of one that users cannot change.
function Find-Python {
    $roots = @('HKLM:\SOFTWARE\Python\PythonCore')
    if (-not $System) { $roots = @('HKCU:\SOFTWARE\Python\PythonCore') + $roots }
    foreach ($version in @('3.14', '3.13', '3.12', '3.11')) {
        foreach ($root in $roots) {
            $key = Get-Item -LiteralPath "$root\$version\InstallPath" -ErrorAction SilentlyContinue
            if (-not $key) { continue }
            $folder = [string]$key.GetValue('')
            if (-not $folder) { continue }
            $program = Join-Path $folder 'python.exe'
            if (-not (Test-Path -LiteralPath $program -PathType Leaf)) { continue }
            $programs = 'C:\Program Files\'
            if ($System -and -not [IO.Path]::GetFullPath($program).StartsWith($programs, 'OrdinalIgnoreCase')) { continue }
            return $program
        }
    }
}

# Returns the path of a Python that uv finds or downloads.
function Find-UvPython {
    if (-not (Get-Command uv -CommandType Application -ErrorAction SilentlyContinue)) { return }
    $ErrorActionPreference = 'Continue'
    & uv python install --quiet 3.13
    $program = & uv python find --quiet --managed-python 3.13
    if ($LASTEXITCODE -eq 0) { return [string]$program }
}

if ($env:OS -ne 'Windows_NT') { Stop-Install 'is for Windows. Elsewhere, run install.sh.' }
if ($System) {
    $identity = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        Stop-Install '-System requires an administrator: it changes the settings of every user.'
    }
}
$beside = Join-Path $PSScriptRoot 'python.tar.gz'
if (-not $Python -and (Test-Path -LiteralPath $beside)) { $Python = $beside }
$unpacked = ''
if ($Python -and -not $Uninstall) {
    # Users cannot write to Program Files, so they cannot change the Python that an administrator runs from there.
    $unpacked = [IO.Path]::GetTempPath()
    if ($System) { $unpacked = 'C:\Program Files' }
    $unpacked = Join-Path $unpacked ('whence-' + [Guid]::NewGuid())
    New-Item -ItemType Directory -Path $unpacked | Out-Null
    $ErrorActionPreference = 'Continue'
    & (Join-Path $env:SystemRoot 'System32\tar.exe') -xzf $Python -C $unpacked
    $ErrorActionPreference = 'Stop'
    $program = Join-Path $unpacked 'python\python.exe'
    if (-not (Test-Path -LiteralPath $program)) {
        Remove-Item -LiteralPath $unpacked -Recurse -Force
        Stop-Install "$Python contains no python\python.exe. Use an install_only archive of python-build-standalone for Windows."
    }
}
else {
    $program = Find-Python
    if (-not $program -and -not $System) { $program = Find-UvPython }
}
if (-not $program) {
    $where = ''
    if ($System) { $where = ' under Program Files, for all users' }
    Stop-Install ("needs Python 3.11 to 3.14 of python.org$where. For example: " +
        'winget install --exact --id Python.Python.3.13 --scope machine. Or -Python ARCHIVE with a relocatable one.')
}
$arguments = @('-I', '-S', (Join-Path $PSScriptRoot 'installer\windows.py'))
if ($Serve) { $arguments += '--serve' }
if ($System) { $arguments += '--system' }
if ($Uninstall) { $arguments += '--uninstall' }
if ($Endpoint) { $arguments += @('--endpoint', $Endpoint) }
if ($unpacked) { $arguments += @('--python', (Join-Path $unpacked 'python')) }
if ($Wheels) { $arguments += @('--wheels', $Wheels.TrimEnd('\')) }
if ($Prefix) { $arguments += @('--prefix', $Prefix.TrimEnd('\')) }
# In the environment, because other users can see arguments.
if ($Token) { $env:WHENCE_INGEST_TOKEN = $Token }
# Do not treat output on standard error as a failure.
$ErrorActionPreference = 'Continue'
& $program @arguments
$code = $LASTEXITCODE
if ($unpacked) { Remove-Item -LiteralPath $unpacked -Recurse -Force -ErrorAction SilentlyContinue }
exit $code
