using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.Web.Commands;

/// <summary>Gives an admin account a new password: for who may open the data folder, and so the broker's socket in it.</summary>
internal static class ResetPasswordCommand
{
    public static async Task<string> RunAsync(string name, SkyTreeOptions options, CancellationToken cancellationToken)
    {
        using AdminClient broker = await AdminClient.ConnectAsync(options.Data, cancellationToken)
            ?? throw new IOException($"no broker runs on '{options.Data}'; start it, or name the folder of one that does with --data");
        string account = name.Length == 0 ? AdminAccounts.FirstName : name;
        string password = await broker.AskAsync(AdminProtocol.ResetPassword + account, cancellationToken);
        return $"sign in as '{account}' with the password {password} (it must be changed)";
    }
}
