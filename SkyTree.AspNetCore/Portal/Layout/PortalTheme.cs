using MudBlazor;

namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>The portal's colours and letters. Text on its ground has a contrast of at least 4.5 to 1, in both palettes.</summary>
internal static class PortalTheme
{
    private static readonly string[] s_font = ["Roboto Variable", "Roboto", "system-ui", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "248px", AppbarHeight = "56px" },
        PaletteLight = new PaletteLight
        {
            Primary = "#0b5f7a",
            PrimaryContrastText = "#ffffff",
            Secondary = "#3d6b52",
            SecondaryContrastText = "#ffffff",
            Tertiary = "#6750a4",
            Info = "#0b5f9e",
            Success = "#1f6f43",
            Warning = "#8a5300",
            WarningContrastText = "#ffffff",
            Error = "#b3261e",
            ErrorContrastText = "#ffffff",
            Background = "#f4f7f9",
            BackgroundGray = "#e9eef2",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b2a33",
            DrawerBackground = "#ffffff",
            DrawerText = "#33454f",
            DrawerIcon = "#4d626e",
            TextPrimary = "#1b2a33",
            TextSecondary = "#51646f",
            TextDisabled = "#6b7c86",
            ActionDefault = "#4d626e",
            ActionDisabled = "#8b9aa3",
            LinesDefault = "#dde4e9",
            LinesInputs = "#8799a3",
            TableLines = "#e3e9ed",
            TableHover = "#f0f5f8",
            TableStriped = "#f7fafb",
            Divider = "#dde4e9",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#6cc7e6",
            PrimaryContrastText = "#06222d",
            Secondary = "#8fd3ae",
            SecondaryContrastText = "#08251a",
            Tertiary = "#c9b8ff",
            Info = "#8bc4ff",
            InfoContrastText = "#06222d",
            Success = "#7fd6a2",
            SuccessContrastText = "#08251a",
            Warning = "#f2b968",
            WarningContrastText = "#2b1b00",
            Error = "#ff9a92",
            ErrorContrastText = "#3a0703",
            Background = "#0e151a",
            BackgroundGray = "#131c22",
            Surface = "#162027",
            AppbarBackground = "#121b21",
            AppbarText = "#e4edf2",
            DrawerBackground = "#121b21",
            DrawerText = "#c3d0d8",
            DrawerIcon = "#9db0bb",
            TextPrimary = "#e4edf2",
            TextSecondary = "#a8b8c2",
            TextDisabled = "#82939d",
            ActionDefault = "#a8b8c2",
            ActionDisabled = "#6c7d87",
            LinesDefault = "#2a3841",
            LinesInputs = "#6f838f",
            TableLines = "#25323a",
            TableHover = "#1c2830",
            TableStriped = "#19232a",
            Divider = "#2a3841",
            OverlayDark = "rgba(4,8,10,0.6)",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = s_font, FontSize = ".9rem" },
            H1 = new H1Typography { FontSize = "1.5rem", FontWeight = "600", LineHeight = "1.3" },
            H2 = new H2Typography { FontSize = "1.15rem", FontWeight = "600", LineHeight = "1.35" },
            H3 = new H3Typography { FontSize = "1rem", FontWeight = "600", LineHeight = "1.4" },
            Button = new ButtonTypography { TextTransform = "none", FontWeight = "500" },
        },
    };
}
