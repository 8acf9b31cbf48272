using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Where one chooses another password; drawn without a circuit, since it renews the cookie.</summary>
public sealed partial class Password
{
    private string? _failure;

    [Inject]
    private Broker Broker { get; set; } = default!;

    [Inject]
    private NavigationManager Addresses { get; set; } = default!;

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromForm]
    private Passwords? Form { get; set; }

    private async Task ChangeAsync()
    {
        if (Form?.Next != Form?.Again)
        {
            _failure = T["Password.Differ"];
            return;
        }

        if (Broker.Admin.Accounts.Resume(Context.User) is not { } before)
        {
            Addresses.NavigateTo("login");
            return;
        }

        try
        {
            AdminSignIn signIn = await Broker.Admin.Accounts.ChangeOwnPasswordAsync(before.Caller, Form?.Current ?? "", Form?.Next ?? "");
            await Context.SignInAsync(PortalClaims.Principal(signIn));
        }
        catch (AdminException exception)
        {
            _failure = exception.Code == "bad_credentials" ? T["Password.Wrong"] : exception.Message;
            return;
        }

        Addresses.NavigateTo(before.MustChangePassword ? "" : "profile?changed=true");
    }

    private sealed class Passwords
    {
        public string? Current { get; set; }

        public string? Next { get; set; }

        public string? Again { get; set; }
    }
}
