<#
.SYNOPSIS
Installs, upgrades or removes whence for every user of this Windows machine. Works with Intune and any tool that runs a script as SYSTEM.
.DESCRIPTION
Intune, as a platform script: set the four values in the param lines, and do not run it with the logged-on user's
credentials. Intune, as a Win32 app: package a folder with this script and whence.tar.gz with the Microsoft Win32 Content
Prep Tool (IntuneWinAppUtil -c FOLDER -s deploy.ps1 -o OUTPUT -q), and use

  install    powershell.exe -ExecutionPolicy Bypass -File deploy.ps1 -Bundle whence.tar.gz -Sha256 ... -Endpoint ... -Token ...
  uninstall  powershell.exe -ExecutionPolicy Bypass -File deploy.ps1 -Uninstall
  detection  detect.ps1

  -Bundle    where whence.tar.gz is, made by bundle.sh: an https:// address, or a path on this machine
  -Sha256    its SHA-256
  -Endpoint  the ledger, or another OTLP/HTTP receiver
  -Token     its ingest token

Exit codes: 0 installed or removed; 1 failed, with the reason on standard error, and an existing installation still works;
2 a parameter is missing; 3 the bundle cannot be fetched or its SHA-256 differs: try again later.
#>
param(
    [string]$Bundle = $env:WHENCE_BUNDLE,
    [string]$Sha256 = $env:WHENCE_SHA256,
    [string]$Endpoint = $env:WHENCE_ENDPOINT,
    [string]$Token = $env:WHENCE_INGEST_TOKEN,
    [switch]$Uninstall
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Stop-Deploy([string]$Message, [int]$Code) {
    [Console]::Error.WriteLine("whence deploy.ps1: $Message")
    exit $Code
}

# Runs install.ps1 in a new process, and returns its exit code.
function Invoke-Install([string]$Script, [string[]]$Rest) {
    $shell = Join-Path $PSHOME 'powershell.exe'
    if (-not (Test-Path -LiteralPath $shell)) { $shell = Join-Path $PSHOME 'pwsh.exe' }
    $ErrorActionPreference = 'Continue'
    & $shell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $Script -System @Rest | Out-Host
    return $LASTEXITCODE
}

if (-not [Environment]::Is64BitProcess) {
    # Intune's agent is a process of 32 bits: for it, powershell.exe is the PowerShell of 32 bits, which sees neither the
    # registry's Python nor tar.exe.
    $shell = Join-Path $env:SystemRoot 'Sysnative\WindowsPowerShell\v1.0\powershell.exe'
    if (-not (Test-Path -LiteralPath $shell)) { Stop-Deploy 'needs 64-bit Windows.' 1 }
    $env:WHENCE_BUNDLE = $Bundle
    $env:WHENCE_SHA256 = $Sha256
    $env:WHENCE_ENDPOINT = $Endpoint
    $env:WHENCE_INGEST_TOKEN = $Token
    $rest = @()
    if ($Uninstall) { $rest = @('-Uninstall') }
    $ErrorActionPreference = 'Continue'
    & $shell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $PSCommandPath @rest
    exit $LASTEXITCODE
}
$installed = 'C:\Program Files\whence\environment\install.ps1'
if ($Uninstall) {
    if (-not (Test-Path -LiteralPath $installed)) {
        Write-Output 'whence is not installed.'
        exit 0
    }
    # The script deletes its own folder.
    $folder = Join-Path $env:SystemRoot ('Temp\whence-' + [Guid]::NewGuid())
    New-Item -ItemType Directory -Path (Join-Path $folder 'installer') | Out-Null
    Copy-Item -LiteralPath $installed -Destination $folder
    Copy-Item -LiteralPath 'C:\Program Files\whence\environment\installer\windows.py' -Destination (Join-Path $folder 'installer')
    $code = Invoke-Install (Join-Path $folder 'install.ps1') @('-Uninstall')
    Remove-Item -LiteralPath $folder -Recurse -Force
    exit $code
}
if (-not $Bundle) { Stop-Deploy '-Bundle is missing.' 2 }
if (-not $Sha256) { Stop-Deploy '-Sha256 is missing.' 2 }
if (-not $Endpoint) { Stop-Deploy '-Endpoint is missing.' 2 }
# Users cannot write to Program Files, so they cannot change a script there before it runs.
$folder = 'C:\Program Files\whence-' + [Guid]::NewGuid()
New-Item -ItemType Directory -Path $folder | Out-Null
try {
    $archive = Join-Path $folder 'whence.tar.gz'
    try {
        if ($Bundle.StartsWith('https://')) {
            [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
            Invoke-WebRequest -UseBasicParsing -Uri $Bundle -OutFile $archive -TimeoutSec 600
        }
        else { Copy-Item -LiteralPath $Bundle -Destination $archive }
    }
    catch { Stop-Deploy "cannot fetch ${Bundle}: $_" 3 }
    $found = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash
    if ($found -ne $Sha256) { Stop-Deploy "the bundle's SHA-256 is $found, not $Sha256." 3 }
    $ErrorActionPreference = 'Continue'
    & (Join-Path $env:SystemRoot 'System32\tar.exe') -xzf $archive -C $folder
    if ($LASTEXITCODE -ne 0) { Stop-Deploy 'the bundle cannot be unpacked.' 1 }
    $ErrorActionPreference = 'Stop'
    if ($Token) { $env:WHENCE_INGEST_TOKEN = $Token }
    $content = Join-Path $folder 'whence'
    $code = Invoke-Install (Join-Path $content 'install.ps1') @('-Wheels', (Join-Path $content 'wheels'), '-Endpoint', $Endpoint)
    if ($code -ne 0) { exit 1 }
    # Records the installed bundle for detect.ps1.
    Set-Content -LiteralPath 'C:\Program Files\whence\environment\bundle.sha256' -Value $Sha256 -Encoding Ascii
}
finally { Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue }
exit 0
