using System.CommandLine;
using SkyTree.Cli;

return await SkyTreeCli.RunAsync(args);
