using SkyTree.Cli.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(ServerFixture))]

// Modes of files, signals, a shell.
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
