using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Portal.Account;

/// <summary>Where one shows who one is. Drawn without a circuit: only who has signed in gets one.</summary>
public sealed partial class Login
{
    private string? _failure;

    [Inject]
    private Broker Broker { get; set; } = default!;

    [Inject]
    private NodeIdentity Node { get; set; } = default!;

    [Inject]
    private NavigationManager Addresses { get; set; } = default!;

    [CascadingParameter]
    private HttpContext Context { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "to")]
    private string? To { get; set; }

    [SupplyParameterFromForm]
    private Credentials? Form { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        // Who comes by the way back or an old bookmark; a form that was sent may be somebody else's.
        if (Form is null && Context.User.Identity is { IsAuthenticated: true })
        {
            Addresses.NavigateTo(ReturnAddress.Of(To, Context.Request.PathBase));
        }
    }

    private async Task SignInAsync()
    {
        try
        {
            AdminSignIn signIn = await Broker.Admin.Accounts.SignInAsync(
                Form?.Name?.Trim() ?? "", Form?.Password ?? "", Context.RemoteAddress(), Context.RequestAborted);
            await Context.SignInAsync(PortalClaims.Principal(signIn));
        }
        catch (AdminException exception)
        {
            _failure = exception.Code switch
            {
                "bad_credentials" => T["Login.Wrong"],
                "locked_out" => T["Login.LockedOut", exception.Fields.GetValueOrDefault("retryAfterSeconds", "")],
                _ => exception.Message,
            };
            return;
        }

        Addresses.NavigateTo(ReturnAddress.Of(To, Context.Request.PathBase));
    }

    private sealed class Credentials
    {
        public string? Name { get; set; }

        public string? Password { get; set; }
    }
}
